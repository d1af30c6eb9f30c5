"""SCRFD on networks of its true signature: against InsightFace's own arithmetic, and where a patch must be found."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from faceshards.errors import StageError
from faceshards.models.sessions.scrfd import Scrfd
from tests.models.sessions.graphs import node, write

STRIDES, WIDTHS = (8, 16, 32), (1, 4, 10)


def network(path: Path, heads: dict[int, tuple[np.ndarray, np.ndarray]], side: int | str = "side") -> Path:
    """A detector of one convolution a stride: stride -> weights (30, 3, stride, stride) and biases (30,), of which two
    are the scores of a cell's anchors, eight their boxes, twenty their points. Outputs lie as in `det_10g`.
    """
    nodes, constants, outputs = [], {}, {}
    for stride, (weights, biases) in heads.items():
        start = 0
        for width in WIDTHS:
            name, stop = f"{width}_{stride}", start + 2 * width
            constants |= {f"w{name}": weights[start:stop], f"b{name}": biases[start:stop]}
            constants |= {f"s{name}": np.array([-1, width])}
            nodes += [
                node("Conv", f"input.1 w{name} b{name}", f"c{name}", strides=[stride, stride]),
                node("Transpose", f"c{name}", f"t{name}", perm=[0, 2, 3, 1]),
                node("Reshape", f"t{name} s{name}", f"r{name}" if width == 1 else name),
            ]
            if width == 1:
                nodes.append(node("Sigmoid", f"r{name}", name))
            start = stop
    outputs = {f"{width}_{stride}": ["cells", width] for width in WIDTHS for stride in STRIDES}
    return write(path, nodes, {"input.1": [1, 3, side, side]}, outputs, constants)


def at_random(seed: int) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Weights and biases under which some hundred anchors say that they see a face, of a few strides' size; none on
    black, where all would be as sure.
    """
    rng = np.random.default_rng(seed)
    spread = np.concatenate([np.full(2, 1.0), np.full(8, 0.2), np.full(20, 1.0)])[:, None, None, None]
    bias = np.concatenate([np.full(2, -1.7), np.full(8, 2.0), np.zeros(20)]).astype(np.float32)
    each = {stride: rng.standard_normal((30, 3, stride, stride)) * spread / stride for stride in STRIDES}
    level = {stride: weights - weights.mean(axis=(1, 2, 3), keepdims=True) for stride, weights in each.items()}
    return {stride: (weights.astype(np.float32), bias) for stride, weights in level.items()}


def published(model: Path, bgr: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What InsightFace's `SCRFD.detect` (python-package 0.7.3, model_zoo/scrfd.py) does with a BGR picture, restated:
    rows of x1 y1 x2 y2 score, and points (D, 5, 2).
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    ratio, size = bgr.shape[0] / bgr.shape[1], 640
    height, width = (size, int(size / ratio)) if ratio > 1 else (int(size * ratio), size)
    scale = height / bgr.shape[0]
    canvas = np.zeros((size, size, 3), np.uint8)
    canvas[:height, :width] = cv2.resize(bgr, (width, height))
    blob = cv2.dnn.blobFromImage(canvas, 1.0 / 128, (size, size), (127.5, 127.5, 127.5), swapRB=True)
    outputs = session.run(None, {"input.1": blob})
    rows, points = [], []
    for index, stride in enumerate(STRIDES):
        scores, boxes, kps = (outputs[index + 3 * part] for part in range(3))
        boxes, kps = boxes * stride, kps * stride
        cells = size // stride
        centres = np.stack(np.mgrid[:cells, :cells][::-1], axis=-1).astype(np.float32)
        centres = np.stack([(centres * stride).reshape(-1, 2)] * 2, axis=1).reshape(-1, 2)
        x, y = centres[:, 0], centres[:, 1]
        edges = np.stack([x - boxes[:, 0], y - boxes[:, 1], x + boxes[:, 2], y + boxes[:, 3]], axis=-1)
        places = np.stack([centres[:, at % 2] + kps[:, at] for at in range(10)], axis=-1).reshape(-1, 5, 2)
        sure = np.where(scores >= 0.5)[0]
        rows.append(np.hstack([edges[sure] / scale, scores[sure]]))
        points.append(places[sure] / scale)
    faces, places = np.vstack(rows), np.vstack(points)
    order = faces[:, 4].argsort()[::-1]
    faces, places = faces[order], places[order]
    kept = suppressed(faces)
    return faces[kept], places[kept]


def suppressed(faces: np.ndarray) -> list[int]:
    """Its `nms`, at 0.4."""
    x1, y1, x2, y2, scores = faces.T
    areas, order, kept = (x2 - x1 + 1) * (y2 - y1 + 1), scores.argsort()[::-1], []
    while order.size > 0:
        first, rest = order[0], order[1:]
        kept.append(first)
        width = np.maximum(0.0, np.minimum(x2[first], x2[rest]) - np.maximum(x1[first], x1[rest]) + 1)
        height = np.maximum(0.0, np.minimum(y2[first], y2[rest]) - np.maximum(y1[first], y1[rest]) + 1)
        shared = width * height
        order = rest[shared / (areas[first] + areas[rest] - shared) <= 0.4]
    return kept


@pytest.mark.parametrize("shape", [(333, 500), (700, 410), (640, 640)])
def test_it_decodes_as_insightface_does(tmp_path: Path, shape: tuple[int, int]) -> None:
    frame = np.random.default_rng(1).integers(0, 256, (*shape, 3), np.uint8)
    model = network(tmp_path / "random.onnx", at_random(2))
    faces, points = published(model, np.ascontiguousarray(frame[..., ::-1]))
    found = Scrfd(model).detect(frame)
    assert len(found) == len(faces) > 50
    ours, theirs = found.boxes[:, 0].argsort(), faces[:, 0].argsort()  # scores as good as equal come in any order
    np.testing.assert_allclose(found.scores[ours], faces[theirs, 4], rtol=1e-5)
    np.testing.assert_allclose(found.boxes[ours], faces[theirs, :4], atol=1e-2)
    np.testing.assert_allclose(found.points[ours], points[theirs], atol=1e-2)
    assert (np.diff(found.scores) <= 0).all()


def sees(channel: int) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """A detector whose first anchor of stride 8 takes a cell full of one colour for a face: its box reaches 1, 2, 3 and
    4 cells to the left, up, right and down, its points lie 1, 2, ..., 10 cells off.
    """
    heads = {stride: (np.zeros((30, 3, stride, stride), np.float32), np.full(30, -9, np.float32)) for stride in STRIDES}
    weights, biases = heads[8]
    weights[0, channel] = 40 / 64
    biases[:] = [-30, -99, 1, 2, 3, 4, *[0] * 4, *range(1, 11), *[0] * 10]
    return heads


@pytest.mark.parametrize("channel", [0, 1, 2])
@pytest.mark.parametrize("grown", [1, 2])
def test_a_patch_of_its_colour_is_found_where_it_is(tmp_path: Path, channel: int, grown: int) -> None:
    """RGB goes in as it is; a frame twice as large is halved, and its faces come back in its own pixels."""
    frame = np.zeros((480 * grown, 640 * grown, 3), np.uint8)
    frame[80 * grown : 88 * grown, 160 * grown : 168 * grown, channel] = 255
    detector = Scrfd(network(tmp_path / "one.onnx", sees(channel)))
    found = detector.detect(frame)
    assert len(found) == 1 and found.scores[0] > 0.9
    corner = np.array([160, 80])
    np.testing.assert_allclose(found.boxes[0], grown * np.array([152, 64, 184, 112]))
    np.testing.assert_allclose(found.points[0], grown * (corner + 8 * np.arange(1, 11).reshape(5, 2)))
    assert len(detector.detect(np.roll(frame, 1, axis=2))) == 0


def test_of_two_anchors_that_overlap_the_surer_one_stays(tmp_path: Path) -> None:
    heads = sees(0)
    weights, biases = heads[8]
    weights[1, 0], biases[1] = 36 / 64, -30
    biases[6:10] = [1, 2, 3, 5]
    frame = np.zeros((640, 640, 3), np.uint8)
    frame[80:88, 160:168, 0] = 255
    found = Scrfd(network(tmp_path / "two.onnx", heads)).detect(frame)
    assert found.boxes.tolist() == [[152, 64, 184, 112]]
    assert len(Scrfd(tmp_path / "two.onnx", overlap=0.95).detect(frame)) == 2


def test_a_file_of_one_size_is_run_at_it(tmp_path: Path) -> None:
    frame = np.zeros((320, 320, 3), np.uint8)
    frame[80:88, 160:168, 0] = 255
    found = Scrfd(network(tmp_path / "small.onnx", sees(0), side=320)).detect(frame)
    assert found.boxes.tolist() == [[152, 64, 184, 112]]


def test_another_network_is_refused(tmp_path: Path) -> None:
    other = write(tmp_path / "other.onnx", [node("Relu", "x", "y")], {"x": [1, 3, 64, 64]}, {"y": [1, 3, 64, 64]}, {})
    with pytest.raises(StageError, match="is no SCRFD with points: its outputs are"):
        Scrfd(other)
    flat = write(tmp_path / "flat.onnx", [node("Relu", "x", "y")], {"x": [1, 64]}, {"y": [1, 64]}, {})
    with pytest.raises(StageError, match=r"is no SCRFD: its inputs are .* there must be one, \(1, 3, H, W\)"):
        Scrfd(flat)
