"""ArcFace: what it sees of a face, and how it is read."""

import numpy as np
import pytest

from faceshards.errors import StageError
from faceshards.media.geometry import ARCFACE_112
from faceshards.models.sessions.arcface import ArcFace, aligned
from tests.models.sessions.face_networks import arcface
from tests.models.sessions.graphs import node, write

pytest.importorskip("onnxruntime")


def test_it_sees_rgb_from_minus_one_to_one_and_gives_directions(tmp_path):
    net = ArcFace(arcface(tmp_path / "a.onnx"), batch=3)
    faces = np.zeros((4, 112, 112, 3), np.uint8)
    faces[:, ..., 0], faces[:, ..., 1] = 255, np.array([0, 51, 102, 153])[:, None, None]
    found = net.embed(faces)
    expected = np.array([[1, green / 127.5 - 1, -1, 0.1] for green in (0, 51, 102, 153)])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert net.batch == 3 and found.shape == (4, 512) and found.dtype == np.float32
    assert np.abs(found[:, :4] - expected).max() < 1e-5 and not found[:, 4:].any()
    assert net.embed(faces[:0]).shape == (0, 512)


def test_a_batch_is_each_face_alone(tmp_path):
    faces = np.random.default_rng(0).integers(0, 256, (5, 112, 112, 3), np.uint8)
    model = arcface(tmp_path / "a.onnx", seed=1)
    together, alone = ArcFace(model, batch=4), ArcFace(model, batch=1)
    assert (together.batch, alone.batch) == (4, 1)
    assert np.abs(together.embed(faces) - alone.embed(faces)).max() < 1e-5
    assert np.array_equal(together.embed(faces)[::-1], together.embed(faces[::-1]))


def test_a_face_is_cut_out_upright_on_the_template():
    """Points 2.5 times as large as the template, shifted: each pixel of the crop is the frame's at its place."""
    y, x = np.mgrid[:400, :400]
    frame = np.stack([x / 2, y / 2, np.zeros_like(x)], axis=-1).astype(np.uint8)
    crop = aligned(frame, 2.5 * ARCFACE_112 + [30, 20]).astype(float)
    inner_y, inner_x = np.mgrid[:112, :112] + 0.5
    assert np.abs(crop[..., 0] - (2.5 * inner_x + 30) / 2).max() < 2
    assert np.abs(crop[..., 1] - (2.5 * inner_y + 20) / 2).max() < 2


def test_another_network_is_refused(tmp_path):
    model = write(tmp_path / "a.onnx", [node("Neg", "in", "out")], {"in": [1, 3, 8, 8]}, {"out": [1, 3, 8, 8]}, {})
    with pytest.raises(StageError, match=r"no ArcFace network: .* must be \(3, 112, 112\) and \(1, 512\)"):
        ArcFace(model)
