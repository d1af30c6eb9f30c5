"""What is said of a face by its box and its five points."""

import cv2
import numpy as np
import pytest

from faceshards.curation.stages.faces.table import FaceArrays
from faceshards.curation.stages.quality import face_measures as measures
from faceshards.media.geometry import ARCFACE_112

AHEAD = np.array([[40.0, 40], [60, 40], [50, 50], [43, 60], [57, 60]])


def test_the_largest_face_of_a_frame_is_taken():
    boxes = np.array([[0, 0, 5, 5], [0, 0, 9, 9], [0, 0, 7, 7], [1, 1, 10, 10]], np.float32)
    faces = FaceArrays(np.array([0, 1, 1, 1]), np.arange(4), boxes, np.zeros((4, 5, 2)), np.ones(4))
    assert [measures.largest(faces, number) for number in (0, 1, 2)] == [0, 1, None]


def test_a_face_covers_what_of_it_is_in_the_frame():
    assert measures.area(np.array([-10.0, 20, 10, 40], np.float32), (100, 50)) == pytest.approx(10 * 20 / 5000)
    assert measures.area(np.array([200.0, 0, 300, 50], np.float32), (100, 50)) == 0


@pytest.mark.parametrize(
    ("nose", "ahead"),
    [((50, 50), True), ((50, 47.1), True), ((50, 46), False), ((50, 62), False), ((56, 50), False), ((41, 50), False)],
)
def test_a_face_looks_ahead_by_the_angles_at_its_eyes(nose, ahead):
    points = AHEAD.copy()
    points[2] = nose
    assert measures.is_frontal(points) == ahead
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    assert measures.is_frontal(points @ turn.T * 3 + 7) == ahead  # however large, wherever, leaning


def test_points_that_are_all_one_look_nowhere():
    assert not measures.is_frontal(np.zeros((5, 2)))


def test_the_way_of_a_face_is_counted_in_boxes():
    boxes = np.array([[0.0, 0, 20, 40], [10, 0, 30, 40], [4, 30, 24, 70]], np.float32)
    assert measures.travel(boxes) == pytest.approx(max(10 / 20, 30 / 40))
    assert measures.travel(boxes[:1]) == 0


def test_a_blurred_face_is_less_sharp_wherever_it_is_and_outside_there_is_none():
    noise = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (300, 400), np.uint8), (0, 0), 1)
    points = ARCFACE_112 + np.array([200, 150])
    box = np.array([220.0, 170, 290, 250])
    sharp = measures.face_sharpness(noise, box, points)
    assert sharp > 10 * measures.face_sharpness(cv2.GaussianBlur(noise, (0, 0), 2), box, points) > 0
    large = cv2.resize(noise, None, fx=3, fy=3, interpolation=cv2.INTER_LINEAR)
    assert measures.face_sharpness(large, box * 3, points * 3) == pytest.approx(sharp, rel=0.5)
    assert measures.face_sharpness(noise, box + 4000, points + 4000) == 0
