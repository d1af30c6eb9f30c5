"""TalkVid's scores, on points whose motion is written down."""

import numpy as np
import pytest

from faceshards.curation.stages.headpose.calm import calm

SIZE = (200, 100)


def face(x: float, y: float, side: float = 40.0) -> np.ndarray:
    """Points (478, 3) all within a square of a frame: its corners, the rest in its middle."""
    points = np.full((478, 3), 0.0)
    points[:, :2] = x + side / 2, y + side / 2
    points[10, :2], points[152, :2] = (x, y), (x + side, y + side)
    return points


def test_a_head_that_stands_still_before_the_camera_is_perfect_but_for_its_size():
    scores = calm(np.stack([face(50, 20)] * 3), np.zeros((3, 3)), np.arange(3), SIZE)
    assert all(scores[name].tolist() == [100.0] * 2 for name in ("movement", "rotation"))
    assert scores["orientation"].tolist() == [100.0] * 3 and scores["completeness"] == pytest.approx(100)
    assert scores["resolution"].tolist() == [100.0] * 3  # a face of 8 %: 30 x 8, cut at 100
    small = calm(face(50, 20, 10)[None], np.zeros((1, 3)), np.arange(1), SIZE)
    assert small["resolution"] == pytest.approx([30 * 100 / 20_000 * 100])


def test_motion_is_of_the_shorter_side_and_turns_are_of_half_a_turn():
    points = np.stack([face(50, 20), face(53, 24), face(53, 24)])
    angles = np.array([[18.0, 0, 0], [0, 0, 0], [10.8, 14.4, 0]])
    scores = calm(points, angles, np.array([4, 5, 6]), SIZE)
    assert scores["movement"] == pytest.approx([95, 100])
    assert scores["orientation"] == pytest.approx([90, 100, 90])
    assert scores["rotation"] == pytest.approx([90, 90])


def test_between_two_frames_that_are_no_neighbours_nothing_is_compared():
    points = np.stack([face(50, 20), face(150, 60), face(150, 60)])
    scores = calm(points, np.array([[90.0, 0, 0], [0, 0, 0], [0, 0, 0]]), np.array([0, 2, 3]), SIZE)
    assert scores["movement"].tolist() == scores["rotation"].tolist() == [100.0]


def test_what_leaves_the_frame_counts_as_eyes_nose_and_mouth_do():
    points = face(50, 20)
    for outside, left in ([468], 85), ([1], 60), ([61, 291], 70), ([468, 473, 1, 61, 291], 0):
        cut = points.copy()
        cut[outside, 0] = -3
        scores = calm(cut[None], np.zeros((1, 3)), np.arange(1), SIZE)
        assert scores["completeness"] == pytest.approx([left])
