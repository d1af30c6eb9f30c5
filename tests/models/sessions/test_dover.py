"""DOVER's signature, on graphs that say which frame, which clip and which colour they are fed where."""

from pathlib import Path

import numpy as np
import pytest

from faceshards.errors import StageError
from faceshards.models.sessions.dover import Dover, overall
from tests.models.sessions.graphs import node, write

pytest.importorskip("onnxruntime")
MEAN, SPREAD = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])


def export(path: Path, aesthetic: np.ndarray, technical: np.ndarray, clips: int | str = 4, side: int = 224) -> Path:
    """A network with the signature of the authors' export: each score is the mean of its view times such weights."""
    axes = [3, 32, side, side]
    nodes = [
        node("Mul", "aes_view a", "seen"),
        node("ReduceMean", "seen", "aesthetic", axes=[1, 2, 3, 4], keepdims=0),
        node("Mul", "tech_view t", "cut"),
        node("ReduceMean", "cut", "technical", axes=[1, 2, 3, 4], keepdims=0),
    ]
    inputs = {"aes_view": [1, *axes], "tech_view": [clips, *axes]}
    constants = {"a": aesthetic.astype(np.float32), "t": technical.astype(np.float32)}
    return write(path, nodes, inputs, {"aesthetic": [1], "technical": [clips]}, constants)


def one_of(count: int, number: int, axis: int) -> np.ndarray:
    """Weights (1, 3, 32, 1, 1) or less that let one of so many through, along an axis."""
    weights = np.zeros([count if axis == one else 1 for one in range(5)])
    weights[tuple(number if axis == one else 0 for one in range(5))] = count
    return weights


def test_red_comes_first_frames_in_order_and_values_are_scaled(tmp_path):
    net = Dover(export(tmp_path / "d.onnx", one_of(3, 0, 1), one_of(32, 5, 2)))
    assert net.clips == 4
    whole = np.zeros((1, 32, 224, 224, 3), np.uint8)
    whole[..., 0] = 200
    parts = np.zeros((1, 4, 32, 224, 224, 3), np.uint8)
    parts[:, :, 5] = 90
    parts[:, 2, 5] = 130  # the score is the mean of the clips
    aesthetic, technical = net.run(whole, parts)
    assert aesthetic == pytest.approx([(200 - MEAN[0]) / SPREAD[0]], rel=1e-3)
    assert technical == pytest.approx([((100 - MEAN) / SPREAD).mean()], rel=1e-3)


def test_an_export_with_a_free_number_of_clips_is_given_three(tmp_path):
    free = Dover(export(tmp_path / "free.onnx", one_of(3, 0, 1), one_of(3, 0, 1), "clips"))
    assert free.clips == 3


def test_what_takes_something_else_is_no_dover(tmp_path):
    other = export(tmp_path / "o.onnx", one_of(3, 0, 1), one_of(3, 0, 1), side=112)
    with pytest.raises(StageError, match="is no DOVER: it must take aes_view and tech_view"):
        Dover(other)


def test_the_overall_score_is_a_half_for_the_middling_and_weighs_the_making_more():
    assert overall(-0.08285, 0.1107) == pytest.approx(0.5)
    assert overall(-0.08285 + 0.03774, 0.1107) == pytest.approx(1 / (1 + np.exp(-0.3896)))
    assert overall(-0.08285, 0.1107 + 0.07355) == pytest.approx(1 / (1 + np.exp(-0.6104)))
