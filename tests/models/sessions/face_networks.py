"""Networks in the layouts of ArcFace and of inswapper_128: some with a known answer, some of random weights. Not a test
module.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.models.sessions.graphs import node, write

_FACE, _PERSON = {"input.1": [1, 3, 112, 112]}, {"683": [1, 512]}
_IN, _OUT = {"target": [1, 3, 128, 128], "source": [1, 512]}, {"output": [1, 3, 128, 128]}


def arcface(path: Path, seed: int | None = None) -> Path:
    """Of the values that it sees: the means of red, green and blue as the first three numbers, and 0.1 as the fourth;
    with a `seed`, random mixtures of what random filters of 16 pixels find.
    """
    if seed is None:
        mixed = np.zeros((3, 512), np.float32)
        mixed[:, :3] = np.eye(3)
        rest = np.zeros(512, np.float32)
        rest[3] = 0.1
        nodes = [node("ReduceMean", "input.1", "means", axes=[2, 3], keepdims=0), node("MatMul", "means w", "mixed")]
        nodes += [node("Add", "mixed b", "683")]
        return write(path, nodes, _FACE, _PERSON, {"w": mixed, "b": rest})
    random = np.random.default_rng(seed)
    filters, mixed = random.normal(size=(8, 3, 16, 16)), random.normal(size=(8 * 49, 512))
    constants = {"f": filters.astype(np.float32), "w": mixed.astype(np.float32), "flat": np.array([1, 8 * 49])}
    nodes = [
        node("Conv", "input.1 f", "found", kernel_shape=[16, 16], strides=[16, 16]),
        node("Tanh", "found", "bent"),
        node("Reshape", "bent flat", "line"),
        node("MatMul", "line w", "683"),
    ]
    return write(path, nodes, _FACE, _PERSON, constants)


def inswapper(path: Path, seed: int | None = None, emap: np.ndarray | None = None) -> Path:
    """The face, red times the first number of the person, green times the second, blue times the third; with a `seed`
    a random network whose filters go by the person. `emap`, (512, 512), is its last constant; where it is not given
    it is random.
    """
    random = np.random.default_rng(seed or 0)
    emap = random.normal(size=(512, 512)).astype(np.float32) if emap is None else emap
    if seed is None:
        pick = np.zeros((512, 3), np.float32)
        pick[:3] = np.eye(3)
        constants = {"pick": pick, "shape": np.array([1, 3, 1, 1])}
        nodes = [
            node("MatMul", "source pick", "three"),
            node("Reshape", "three shape", "gains"),
            node("Mul", "target gains", "output"),
        ]
    else:
        shapes = {"a": (8, 3, 3, 3), "b": (3, 8, 3, 3), "style": (512, 8)}
        constants = {name: random.normal(size=shape).astype(np.float32) / 2 for name, shape in shapes.items()}
        constants |= {"shape": np.array([1, 8, 1, 1])}
        nodes = [
            node("MatMul", "source style", "eight"),
            node("Reshape", "eight shape", "gains"),
            node("Conv", "target a", "found", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
            node("Mul", "found gains", "styled"),
            node("Tanh", "styled", "bent"),
            node("Conv", "bent b", "drawn", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
            node("Sigmoid", "drawn", "output"),
        ]
    return write(path, nodes, _IN, _OUT, {**constants, "emap": emap})
