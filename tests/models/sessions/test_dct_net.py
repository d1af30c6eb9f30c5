"""DCT-Net's signature and how it is fed, on graphs whose pictures are known."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from faceshards.errors import StageError
from faceshards.models.sessions.dct_net import DctNet
from tests.models.sessions.graphs import node, write

pytest.importorskip("onnxruntime")
#: InsightFace's five points of an aligned face, 112 x 112, counted from the first pixel's centre.
TEMPLATE = [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]


def network(path: Path, add: tuple[float, float, float] = (0, 0, 0), times: float = 1.0, side: object = None) -> Path:
    """A network that draws a picture `times` as bright, plus a BGR colour."""
    axes = [side or "h", side or "w", 3]
    nodes = [node("Mul", "x times", "scaled"), node("Add", "scaled more", "y")]
    constants = {"times": np.array([times], np.float32), "more": np.array(add, np.float32)}
    return write(path, nodes, {"x": axes}, {"y": axes}, constants)


def made(folder: Path, alpha: int = 255, **head) -> DctNet:
    cv2.imwrite(str(folder / "alpha.png"), np.full((100, 100, 3), alpha, np.uint8))
    background = network(folder / "b.onnx", (0, 0, 20))
    return DctNet(background, network(folder / "h.onnx", side=288, **head), folder / "alpha.png")


@pytest.mark.parametrize("shape", [(48, 64), (50, 64), (33, 47)])
def test_without_a_face_the_whole_picture_is_drawn_blue_first(tmp_path, shape):
    picture = np.random.default_rng(0).integers(0, 230, (*shape, 3), np.uint8)
    drawn = made(tmp_path).draw(picture, np.zeros((0, 5, 2)))
    np.testing.assert_array_equal(drawn, picture + np.array([20, 0, 0], np.uint8))  # the last of BGR is red


def test_a_large_picture_is_drawn_small_and_comes_back_at_its_size(tmp_path):
    picture = np.full((1440, 1500, 3), 90, np.uint8)
    assert (made(tmp_path).draw(picture, np.zeros((0, 5, 2))) == [110, 90, 90]).all()


def test_a_face_is_drawn_by_the_other_network_where_it_stands(tmp_path):
    """A square about it, three quarters of it the aligned face: 112 / 0.75 of the template's pixels wide."""
    picture = np.full((400, 500, 3), 100, np.uint8)
    points = (np.array(TEMPLATE) + 0.5 + [150, 120])[None]
    drawn = made(tmp_path, times=0.5).draw(picture, points)
    half = 112 / 0.75 / 2
    y, x = np.mgrid[:400, :500] + 0.5
    inside = (abs(x - 206.5) < half - 2) & (abs(y - 176.5) < half - 2)
    outside = (abs(x - 206.5) > half + 2) | (abs(y - 176.5) > half + 2)
    assert (drawn[inside] == 50).all() and (drawn[outside] == [120, 100, 100]).all()


def test_as_much_of_a_face_is_shown_as_its_mask_says(tmp_path):
    picture = np.full((400, 500, 3), 100, np.uint8)
    points = (np.array(TEMPLATE) + 0.5 + [150, 120])[None]
    drawn = made(tmp_path, alpha=51, times=0.5).draw(picture, points)
    assert drawn[176, 206].tolist() == [106, 90, 90]  # a fifth of 50, four fifths of 120 and of 100


def test_what_takes_something_else_is_no_dct_net(tmp_path):
    made(tmp_path)
    with pytest.raises(StageError, match=r"h\.onnx is no network of DCT-Net"):
        DctNet(tmp_path / "b.onnx", network(tmp_path / "h.onnx", side=256), tmp_path / "alpha.png")
    with pytest.raises(StageError, match=r"f\.onnx is no network of DCT-Net"):
        DctNet(network(tmp_path / "f.onnx", side=288), tmp_path / "b.onnx", tmp_path / "alpha.png")


def test_what_is_no_number_is_refused(tmp_path):
    net = made(tmp_path, times=np.nan)
    with pytest.raises(ValueError, match="NaN"):
        net.draw(np.zeros((400, 500, 3), np.uint8), (np.array(TEMPLATE) + 150)[None])
