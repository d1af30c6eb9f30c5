"""Squares by points: upright in their crops, turned as the points are, and trusted only while little changes."""

from dataclasses import replace

import numpy as np
import pytest

from faceshards.curation.stages.dwpose.squares import (
    HAND_STILL,
    Square,
    body_square,
    face_search,
    face_square,
    hand_search,
    hand_square,
    recropped,
)
from faceshards.media.geometry import apply

TURN = np.radians(30)
CLOCKWISE = np.array([[np.cos(TURN), -np.sin(TURN)], [np.sin(TURN), np.cos(TURN)]])


def hand() -> np.ndarray:
    """Fingers upwards: the wrist at 50, 100, knuckles and joints above it."""
    points = np.tile([50.0, 100.0], (21, 1))
    for finger in range(5):
        for joint in range(4):
            points[1 + 4 * finger + joint] = [30 + 10 * finger, 80 - 20 * joint]
    return points


def turned(points: np.ndarray) -> np.ndarray:
    return points @ CLOCKWISE.T


def test_a_body_stands_upright_with_the_hips_in_the_middle():
    hips, reach = np.array([100.0, 200.0]), np.array([200.0, 200.0])  # lying, the head on the right
    square = body_square(hips, reach)
    assert square.side == pytest.approx(250)
    np.testing.assert_allclose(apply(square.matrix(256), hips), [128, 128])
    np.testing.assert_allclose(apply(square.matrix(256), reach), [128, 128 - 100 / 250 * 256])


def test_a_hand_is_looked_for_about_its_knuckles():
    square = hand_search(np.array([0.0, 100.0]), np.array([0.0, 40.0]), np.array([0.0, 40.0]))
    assert square.side == pytest.approx(2 * 60 * 2.7) and square.angle == pytest.approx(0)
    np.testing.assert_allclose(square.middle, [0, 40 - 0.1 * 120])


def test_the_recrop_s_second_point_is_below():
    square = recropped(np.array([[10.0, 10.0], [10.0, 60.0]]))
    assert square.side == 100 and np.cos(square.angle) == pytest.approx(1)
    np.testing.assert_allclose(square.middle, [10, 0], atol=1e-9)


@pytest.mark.parametrize(
    ("square", "points"),
    [
        (hand_square, hand()),
        (lambda points: hand_search(*points[[0, 17, 5]]), hand()),
        (lambda points: recropped(points[[9, 0]]), hand()),
        (lambda points: body_square(*points[[0, 9]]), hand()),
    ],
)
def test_where_points_turn_the_square_turns_with_them(square, points):
    straight, tilted = square(points), square(turned(points))
    np.testing.assert_allclose(tilted.middle, turned(straight.middle), atol=1e-9)
    assert tilted.side == pytest.approx(straight.side)
    assert np.exp(1j * (tilted.angle - straight.angle)) == pytest.approx(np.exp(1j * TURN))


def test_a_face_is_level_with_its_eyes():
    """By MediaPipe's rule the box about turned points is not turned with them, only its angle."""
    points = np.array([[40.0, 50], [60, 50], [50, 60], [50, 70], [35, 52], [65, 52]])
    level = face_square(points)
    np.testing.assert_allclose([*level.middle, level.side, level.angle], [50, 60 - 0.1 * 20, 60, 0])
    assert face_square(turned(points)).angle == pytest.approx(TURN)
    head = np.tile([50.0, 50.0], (11, 1))
    head[[2, 5]] = [[60, 40], [40, 40]]  # the left eye is on the picture's right
    assert face_search(head).side == pytest.approx(60) and face_search(head).angle == 0


def test_a_hand_is_followed_while_it_keeps_still():
    points = hand()
    before = hand_square(points)
    assert HAND_STILL.holds(before, points, before)
    for other in (
        replace(before, angle=before.angle + np.radians(41)),
        replace(before, middle=before.middle + np.array([0.21 * before.side, 0])),
        replace(before, side=before.side / 1.5),
    ):
        assert not HAND_STILL.holds(before, points, other)
    assert HAND_STILL.holds(before, points, replace(before, angle=before.angle + 2 * np.pi + np.radians(39)))
    assert not HAND_STILL.holds(before, points + 0.3 * before.side, before)


def test_no_size_is_no_crash():
    nothing = body_square(np.zeros(2), np.zeros(2))
    assert np.isfinite(Square(nothing.middle, nothing.side, nothing.angle).matrix(256)).all()
