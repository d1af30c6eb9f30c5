"""HyperIQA's signature, on a graph whose score is known, and the middle of a picture against torchvision's rule."""

from pathlib import Path

import numpy as np
import pytest

from faceshards.errors import StageError
from faceshards.models.sessions.hyper_iqa import HyperIqa, middle
from tests.models.sessions.graphs import node, write

pytest.importorskip("onnxruntime")


def export(path: Path, side: int = 224, channel: tuple[float, float, float] = (1, 0, 0)) -> Path:
    """A network with the signature of an export: the score is the mean of a picture's red, as it is fed."""
    nodes = [node("Mul", "x red", "reds"), node("ReduceMean", "reds", "flat", axes=[1, 2, 3], keepdims=0),
             node("Unsqueeze", "flat last", "score")]  # fmt: skip
    constants = {"red": np.array(channel, np.float32).reshape(1, 3, 1, 1) * 3, "last": np.array([1], np.int64)}
    return write(path, nodes, {"x": ["n", 3, side, side]}, {"score": ["n", 1]}, constants)


def test_values_are_scaled_as_imagenets_and_red_comes_first(tmp_path):
    net = HyperIqa(export(tmp_path / "h.onnx"), batch=3)
    assert net.batch == 3
    pictures = np.zeros((3, 224, 224, 3), np.uint8)
    pictures[..., 0] = np.array([0, 51, 255])[:, None, None]
    pictures[..., 2] = 99
    (scores,) = net.run(pictures)
    assert scores == pytest.approx([-0.485 / 0.229, (0.2 - 0.485) / 0.229, (1 - 0.485) / 0.229], rel=1e-4)


def test_what_takes_something_else_is_none_and_no_number_is_refused(tmp_path):
    with pytest.raises(StageError, match=r"is no HyperIQA: rows are \(3, 112, 112\)"):
        HyperIqa(export(tmp_path / "o.onnx", side=112), batch=1)
    with pytest.raises(ValueError, match="NaN"):
        HyperIqa(export(tmp_path / "n.onnx", channel=(np.nan, 0, 0)), 1).run(np.ones((1, 224, 224, 3), np.uint8))


@pytest.mark.parametrize(("shape", "corner"), [((224, 224), (0, 0)), ((300, 512), (38, 144)), ((225, 227), (0, 2))])
def test_the_middle_is_as_it_is(shape, corner):
    """torchvision 0.20's `center_crop`: int(round((side - 224) / 2)), to the even of two halves."""
    picture = np.random.default_rng(0).integers(0, 255, (*shape, 3), np.uint8)
    top, left = corner
    np.testing.assert_array_equal(middle(picture), picture[top : top + 224, left : left + 224])


def test_a_small_picture_has_black_edges():
    found = middle(np.full((101, 300, 3), 7, np.uint8))
    assert found.shape == (224, 224, 3)
    assert (found[61:162] == 7).all() and not found[:61].any() and not found[162:].any()
