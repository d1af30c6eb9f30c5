"""The detector: what it sees of a picture, and where the persons are that it found."""

import numpy as np
import pytest

from faceshards.curation.stages.dwpose.detector import Detector
from tests.curation.stages.dwpose import networks

pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    return Detector(networks.detector(tmp_path_factory.mktemp("net") / "yolox.onnx"), 2)


@pytest.mark.parametrize("size", [(64, 64), (320, 200), (200, 320), (64, 2048), (2048, 2), (16, 16)])
def test_a_picture_stands_top_left_on_grey(detector, size):
    width, height = size
    pictures = np.full((2, height, width, 3), 200, np.uint8)
    small = detector.letterboxed(pictures)
    scale = 64 / max(size)
    shown = max(1, int(height * scale)), max(1, int(width * scale))
    wanted = np.full((64, 64, 3), 114, np.uint8)
    wanted[: shown[0], : shown[1]] = 200
    assert small.dtype == np.uint8 and np.array_equal(small, [wanted, wanted])


@pytest.mark.parametrize("size", [(320, 200), (200, 320), (333, 517)])
def test_a_person_is_found_where_it_stands_in_a_picture_of_any_size(detector, size):
    """By the middle of its box, in the picture's own pixels, to half a pixel of the network's."""
    width, height = size
    scale = 64 / max(size)
    cell = 8 / scale
    x, y = int(2 * cell), int(1 * cell)
    picture = np.zeros((height, width, 3), np.uint8)
    picture[y : y + round(cell), x : x + round(cell), 0] = 255
    boxes, scores = detector.run(detector.letterboxed(np.stack([picture, picture])))
    (box,) = detector.persons(boxes[0], scores[0], 0.6, size)
    middle, sides = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    assert np.abs(middle - [2.5 * cell, 1.5 * cell]).max() < 0.5 / scale
    np.testing.assert_allclose(sides * scale, networks.BOX, rtol=0.02)


def test_of_boxes_that_overlap_the_surest_is_a_person(detector):
    """Greedy suppression, written out pair by pair."""
    rng = np.random.default_rng(2)
    low = rng.random((84, 2)) * 40
    boxes = np.concatenate([low, low + 8 + rng.random((84, 2)) * 20], axis=1).astype(np.float32)
    scores = rng.random(84).astype(np.float32)
    kept = []
    for row in np.argsort(-scores):
        alike = (overlap(boxes[row], boxes[other]) > 0.45 for other in kept)
        if scores[row] > 0.3 and not any(alike):
            kept.append(row)
    found = detector.persons(boxes, scores, 0.3, (128, 64))
    np.testing.assert_allclose(found, boxes[kept] * 2, rtol=1e-6)
    assert 3 < len(kept) < 60
    assert detector.persons(boxes, scores, 1.0, (128, 64)).shape == (0, 4)


def test_a_box_of_less_than_a_pixel_is_nobody(detector):
    boxes = np.array([[5, 5, 5.2, 30], [20, 20, 40, 50]], np.float32)
    assert detector.persons(boxes, np.array([0.9, 0.8], np.float32), 0.3, (64, 64)).tolist() == [[20, 20, 40, 50]]


def overlap(one, other):
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    shared = sides.clip(0).prod()
    return shared / (np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2]) - shared)
