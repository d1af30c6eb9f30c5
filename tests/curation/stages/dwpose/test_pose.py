"""The pose network: its crops, and how points are read from bins and from heat maps."""

import numpy as np
import pytest

from faceshards.curation.stages.dwpose.pose import PoseNet, placed
from faceshards.media.geometry import apply
from tests.curation.stages.dwpose import networks
from tests.models.sessions.graphs import node, write

pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("net")


@pytest.fixture(scope="module")
def simcc(folder):
    return PoseNet(networks.pose(folder / "dw.onnx"), 4)


def heat(path, points=17):
    """Crops of 24 x 32 whose heat maps of 6 x 8 are all the mean of the red in cells of four pixels."""
    red = np.zeros((points, 3, 4, 4), np.float32)
    red[:, 0] = 58.395 / 255 / 16
    constants = {"w": red, "b": np.full(points, 123.675 / 255, np.float32)}
    nodes = [node("Conv", "data w b", "heat", kernel_shape=[4, 4], strides=[4, 4])]
    return write(path, nodes, {"data": [1, 3, 32, 24]}, {"heat": [1, points, 8, 6]}, constants)


@pytest.mark.parametrize("box", [(10, 20, 30, 90), (10, 20, 90, 30), (-40, -30, 5, 4), (3.5, 4.5, 4.5, 5.5)])
def test_a_crop_is_a_box_and_a_quarter_of_the_networks_shape(simcc, box):
    matrix = simcc.matrix(np.array(box))
    corners = np.array([[0, 0], networks.CROP])
    low, high = apply(np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2], corners)
    x1, y1, x2, y2 = box
    sides, middle = np.array([x2 - x1, y2 - y1]) * 1.25, np.array([x1 + x2, y1 + y2]) / 2
    wanted = np.array([max(sides[0], sides[1] * 0.75), max(sides[1], sides[0] / 0.75)])  # DWPose: aspect 288 x 384
    np.testing.assert_allclose([low, high], [middle - wanted / 2, middle + wanted / 2], atol=1e-9)
    there = placed(corners[None], matrix[None])
    assert there.dtype == np.float32 and np.allclose(there, [[low, high]], atol=1e-4)


def test_beyond_the_picture_a_crop_is_black(simcc):
    picture = np.full((40, 40, 3), 255, np.uint8)
    crop = simcc.crop(picture, simcc.matrix(np.array([-9.6, 0, 9.6, 25.6])))
    assert crop.shape == (32, 24, 3) and not crop[:, :11].any() and (crop[4:, 13:] == 255).all()


def test_the_hottest_cell_a_quarter_towards_its_hotter_neighbour(folder):
    net = PoseNet(heat(folder / "heat.onnx"), 3)
    assert (net.batch, net.batching) == (3, "rewritten")
    maps = np.zeros((3, 8, 6))
    maps[0, 3, 2], maps[0, 3, 3], maps[0, 2, 2] = 1.0, 0.4, 0.2  # to the right, and up
    maps[1, 0, 5], maps[1, 0, 4] = 0.8, 0.5  # at the edge: not beyond it, nor back
    maps[2, 6, 1] = 0.6  # alone: the middle of nothing
    crops = np.zeros((3, 32, 24, 3), np.uint8)
    crops[..., 0] = np.round(maps * 255).repeat(4, axis=1).repeat(4, axis=2)
    points, scores = net.run(crops)
    wanted = np.array([[2.25, 2.75], [5, 0], [1, 6]]) * 4 + 0.5
    assert points.shape == (3, 17, 2) and points.dtype == scores.dtype == np.float32
    np.testing.assert_allclose(points, np.repeat(wanted[:, None], 17, axis=1))
    np.testing.assert_allclose(scores, np.repeat([[1.0], [0.8], [0.6]], 17, axis=1), atol=1e-3)


def test_more_bins_a_pixel_and_other_points(folder):
    """RTMPose's body of 17 points; the bins of a pixel follow from the shapes."""
    net = PoseNet(networks.pose(folder / "body.onnx", points=17, split=3), 2)
    crops = np.zeros((2, 32, 24, 3), np.uint8)
    crops[0, 9, 4, 2] = crops[1, 20, 11, 2] = 255
    points, _ = net.run(crops)
    k = np.arange(17)
    for row, (x, y) in enumerate([(4, 9), (11, 20)]):
        wanted = np.stack([(3 * x + k) % 72, (3 * y + 2 * k) % 96], axis=1) / 3 + 0.5
        np.testing.assert_allclose(points[row], wanted, rtol=1e-6)


def test_nan_is_an_error(folder):
    constants = {"none": np.zeros((1, 1, 1, 1), np.float32)}
    nodes = [
        node("Div", "data none", "gone"),
        node("Mul", "gone none", "nan"),
        node("ReduceMax", "nan", "one", axes=[1], keepdims=1),
        node("Concat", " ".join(["one"] * 17), "heat", axis=1),
    ]
    path = write(folder / "nan.onnx", nodes, {"data": [1, 3, 32, 24]}, {"heat": [1, 17, 32, 24]}, constants)
    net = PoseNet(path, 2)
    assert net.batch == 1
    with pytest.raises(ValueError, match="looks at persons returned NaN"):
        net.run(np.zeros((1, 32, 24, 3), np.uint8))
