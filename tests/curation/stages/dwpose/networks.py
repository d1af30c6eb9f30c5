"""Networks with a known answer, in the layouts of YOLOX and of DWPose, fixed at one row as those files are. Not a test
module.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.models.sessions.graphs import node, write

#: Sides of the pictures that the detector takes, and of the crops of the pose network, width and height.
SIDE, CROP = 64, (24, 32)
#: Width and height of each box: 1.25 times that is just the crop, at its own scale.
BOX = (19.2, 25.6)
_MEAN, _SPREAD = 103.53, 57.375  # of blue


def detector(path: Path, *, fragile: bool = False, decoded: bool = False, classes: int = 80) -> Path:
    """A person about the middle of each cell of 8 pixels, as sure as the cell is red, in pictures of BGR; none in
    larger cells. `fragile`: NaN in a cell without any blue; `decoded`: centres as far out as they are in pixels.
    """
    depth = 5 + classes
    weights, bias = np.zeros((depth, 3, 8, 8), np.float32), np.zeros(depth, np.float32)
    bias[:4], bias[5:6] = [0.5, 0.5, np.log(BOX[0] / 8), np.log(BOX[1] / 8)], 1
    weights[4, 2] = 1 / (64 * 255)
    if decoded:
        bias[:2] = 60
    constants = {"w8": weights, "b8": bias, "target": np.array([1, depth, -1])}
    nodes = [node("Conv", "images w8 b8", "found8", kernel_shape=[8, 8], strides=[8, 8])]
    if fragile:  # x + 0 log(blue)
        constants |= {"blue": np.array([[[[1.0]], [[0.0]], [[0.0]]]], np.float32), "nothing": np.zeros(1, np.float32)}
        nodes += [
            node("Conv", "images blue", "blues"),
            node("MaxPool", "blues", "most", kernel_shape=[8, 8], strides=[8, 8]),
        ]
        nodes += [node("Log", "most", "log"), node("Mul", "log nothing", "nan"), node("Add", "found8 nan", "map8")]
    else:
        nodes += [node("Identity", "found8", "map8")]
    for stride in (16, 32):
        constants |= {f"w{stride}": np.zeros((depth, 3, stride, stride), np.float32)}
        nodes += [node("Conv", f"images w{stride}", f"map{stride}", kernel_shape=[stride] * 2, strides=[stride] * 2)]
    nodes += [node("Reshape", f"map{stride} target", f"flat{stride}") for stride in (8, 16, 32)]
    nodes += [node("Concat", "flat8 flat16 flat32", "all", axis=2), node("Transpose", "all", "output", perm=[0, 2, 1])]
    return write(path, nodes, {"images": [1, 3, SIDE, SIDE]}, {"output": [1, 84, depth]}, constants)


def pose(path: Path, *, points: int = 133, split: int = 2) -> Path:
    """Where the crop is bluest, at i, j: point k is at bin 2 i + k across, 2 j + 2 k down, modulo the axis, with the
    scores of `gains`, times how blue it is, 0 to 1. It takes RGB.
    """
    width, height = CROP
    across, down = points * width * split, points * height * split
    x, y = np.zeros((width, points, width * split)), np.zeros((height, points, height * split))
    for k, (gain_x, gain_y) in enumerate(zip(*gains(points), strict=True)):
        x[np.arange(width), k, (split * np.arange(width) + k) % (width * split)] = gain_x
        y[np.arange(height), k, (split * np.arange(height) + 2 * k) % (height * split)] = gain_y
    constants = {
        "w": np.array([[[[0]], [[0]], [[_SPREAD / 255]]]], np.float32), "b": np.array([_MEAN / 255], np.float32),
        "x": x.reshape(width, across), "y": y.reshape(height, down),
        "row_x": np.array([1, width]), "row_y": np.array([1, height]),
        "out_x": np.array([1, points, width * split]), "out_y": np.array([1, points, height * split]),
    }  # fmt: skip
    nodes = [node("Conv", "input w b", "blue")]
    for axis, other in (("x", 2), ("y", 3)):
        nodes += [
            node("ReduceMax", "blue", f"profile_{axis}", axes=[other], keepdims=0),
            node("Reshape", f"profile_{axis} row_{axis}", f"line_{axis}"),
            node("MatMul", f"line_{axis} {axis}", f"bins_{axis}"),
            node("Reshape", f"bins_{axis} out_{axis}", f"simcc_{axis}"),
        ]
    outputs = {"simcc_x": [1, points, width * split], "simcc_y": [1, points, height * split]}
    return write(path, nodes, {"input": [1, 3, height, width]}, outputs, constants)


def gains(points: int = 133) -> tuple[np.ndarray, np.ndarray]:
    """What each point's score is across and down, for all of blue."""
    order = np.arange(points) / points
    return 0.2 + order, 1.4 - order


def picture(
    *persons: tuple[int, int], mark: tuple[int, int] = (3, 5), blue: tuple[int, int] | None = None
) -> np.ndarray:
    """Black, uint8 (64, 64, 3) RGB, with persons in these cells, each with a blue pixel so far from the left and top
    edge of its crop; and a cell that is blue.
    """
    made = np.zeros((SIDE, SIDE, 3), np.uint8)
    for x, y in persons:
        made[8 * y : 8 * y + 8, 8 * x : 8 * x + 8, 0] = 255
        across, down = corner(x, y) + mark
        made[down, across, 2] = 255
    if blue is not None:
        made[8 * blue[1] : 8 * blue[1] + 8, 8 * blue[0] : 8 * blue[0] + 8, 2] = 255
    return made


def corner(x: int, y: int) -> np.ndarray:
    """Left and top edge of the crop about the person in a cell."""
    return np.array([8 * x + 4 - CROP[0] // 2, 8 * y + 4 - CROP[1] // 2])
