"""PFLD's feed: which part of a picture it sees, in which order of colours; where its points lie in the picture."""

from pathlib import Path

import numpy as np
import pytest

from faceshards.errors import StageError
from faceshards.models.sessions.pfld import Pfld, placed
from tests.models.sessions.graphs import node, write


def revealing(path: Path) -> Path:
    """Of each crop: the means of its three channels, in this order, then 133 times the last one."""
    constants = {"w": np.concatenate([np.eye(3), np.tile([[0, 0, 1]], (133, 1))]).astype(np.float32)[..., None, None]}
    nodes = [
        node("GlobalAveragePool", "input", "means"),
        node("Conv", "means w", "found", kernel_shape=[1, 1]),
        node("Flatten", "found", "output", axis=1),
    ]
    return write(path, nodes, {"input": ["n", 3, 112, 112]}, {"output": ["n", 136]}, constants)


def test_it_sees_red_green_blue_between_0_and_1_of_a_square_about_the_box(tmp_path):
    net = Pfld(revealing(tmp_path / "pfld.onnx"), batch=2)
    picture = np.zeros((300, 400, 3), np.uint8)
    picture[90:210, 140:260] = [255, 51, 102]
    box = np.array([170.0, 100, 230, 200])  # a square of 110: 145 to 255, 95 to 205
    matrix = net.matrix(box)
    crop = net.crop(picture, matrix)
    assert (crop == [255, 51, 102]).all()
    (points,) = net.run(np.stack([crop, crop]))
    np.testing.assert_allclose(points[0, 0], [112, 0.2 * 112], rtol=1e-4)
    assert points[1, 1, 0] == pytest.approx(0.4 * 112, rel=1e-4)
    np.testing.assert_allclose(
        placed(np.array([[0.0, 0], [112, 112], [56, 56]]), matrix), [[145, 95], [255, 205], [200, 150]]
    )


def test_a_network_of_another_kind_is_refused(tmp_path):
    nodes = [node("GlobalAveragePool", "input", "output")]
    path = write(tmp_path / "x.onnx", nodes, {"input": ["n", 3, 112, 112]}, {"output": ["n", 3, 1, 1]}, {})
    with pytest.raises(StageError, match=r"is no PFLD of 68 points: .* they must be \(3, 112, 112\) and \(1, 136\)"):
        Pfld(path)
