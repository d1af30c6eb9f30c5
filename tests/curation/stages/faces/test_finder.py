"""What all finders share: rows that are one face, faces that are too small, detectors that look at each frame."""

import numpy as np

from faceshards.curation.stages.faces.finder import EachFrame, distinct, joined, large
from faceshards.models.detections import Detections


def faces(*boxes: list[float]) -> Detections:
    count = len(boxes)
    points = np.arange(count, dtype=np.float32)[:, None, None] * np.ones((1, 5, 2), np.float32)
    return Detections(np.array(boxes, np.float32).reshape(-1, 4), points, np.linspace(1, 0.5, count, dtype=np.float32))


def test_a_face_that_has_run_onto_an_earlier_one_goes_unless_that_one_is_gone():
    found = faces([0, 0, 10, 10], [1, 0, 11, 10], [40, 0, 50, 10])
    assert distinct(found, np.array([True, True, True])).tolist() == [True, False, True]
    assert distinct(found, np.array([False, True, False])).tolist() == [False, True, False]
    assert distinct(Detections.none(), np.zeros(0, bool)).tolist() == []


def test_a_face_counts_by_its_longer_side():
    assert large(faces([0, 0, 10, 40], [0, 0, 40, 39.5], [0, 0, 39, 39]), 40).boxes.tolist() == [
        [0, 0, 10, 40],
        [0, 0, 40, 39.5],
    ]
    assert len(large(Detections.none(), 40)) == 0


def test_faces_are_joined_in_order():
    both = joined(faces([0, 0, 1, 1]), faces([2, 2, 3, 3], [4, 4, 5, 5]))
    assert both.boxes[:, 0].tolist() == [0, 2, 4] and both.points.shape == (3, 5, 2) and len(both) == 3


def test_a_detector_sees_each_frame_anew():
    seen = []

    def detect(frame: np.ndarray) -> Detections:
        seen.append(frame)
        return faces([0, 0, 50, 50], [0, 0, 8, 8])

    frame = np.zeros((60, 60, 3), np.uint8)
    found, full = EachFrame(detect, 40).look(frame, faces([9, 9, 60, 60]), everywhere=False)
    assert found.boxes.tolist() == [[0, 0, 50, 50]] and full.tolist() == [True] and seen == [frame]
