"""Angles of heads whose turn is known: a canonical face before a camera of our own."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from faceshards.curation.stages.headpose.head_angles import CANONICAL, RIGID, angles_of, head_rotations

SIZE = (640, 480)


def seen(
    yaw: float,
    pitch: float,
    roll: float,
    *,
    focal: float = 640,
    away: float = 60,
    aside: tuple[float, float] = (3.0, -2.0),
) -> np.ndarray:
    """The mesh (1, 468, 3) of a head that is rolled, then pitched, then yawed, all of it as seen along the line to it:
    its rigid points, all others at 0.
    """
    # About y (down) a positive turn takes what faces the camera, -z, to -x: to the picture's left.
    turn = Rotation.from_euler("YXZ", [-yaw, -pitch, roll], degrees=True)
    place = np.array([*aside, away])
    sight, _ = Rotation.align_vectors([place / np.linalg.norm(place)], [[0.0, 0.0, 1.0]])
    placed = (sight * turn).apply(CANONICAL) + place
    mesh = np.zeros((1, 468, 3), np.float32)
    mesh[0, RIGID, 0] = SIZE[0] / 2 + focal * placed[:, 0] / placed[:, 2]
    mesh[0, RIGID, 1] = SIZE[1] / 2 + focal * placed[:, 1] / placed[:, 2]
    return mesh


@pytest.mark.parametrize("turn", [(0, 0, 0), (30, 0, 0), (0, 20, 0), (0, 0, -25), (-40, 15, 10), (25, -30, 60)])
def test_the_turn_of_a_head_is_found(turn):
    assert angles_of(head_rotations(seen(*turn), SIZE))[0] == pytest.approx(turn, abs=0.05)


@pytest.mark.parametrize("aside", [(0.0, 0.0), (25.0, 0.0), (-20.0, 15.0), (0.0, -20.0)])
@pytest.mark.parametrize("turn", [(0, 0, 0), (20, -10, 15)])
def test_where_in_the_frame_a_head_is_does_not_turn_it(turn, aside):
    assert angles_of(head_rotations(seen(*turn, aside=aside), SIZE))[0] == pytest.approx(turn, abs=0.05)


def test_a_picture_of_a_face_that_lies_elsewhere_shows_the_same_turn():
    mesh = seen(10, 5, 0, aside=(0.0, 0.0))
    for step in [(250, 0), (0, 180), (-250, -180)]:
        moved = mesh.copy()
        moved[0, RIGID, :2] += step
        assert angles_of(head_rotations(moved, SIZE))[0] == pytest.approx((10, 5, 0), abs=5)


def test_the_camera_need_not_be_known_well():
    turn = (25.0, -10.0, 8.0)
    for focal in (400, 1200):
        found = angles_of(head_rotations(seen(*turn, focal=focal, away=60 * focal / 640), SIZE))[0]
        assert np.abs(found - turn).max() < 5


def test_in_a_mirror_yaw_and_roll_change_their_signs():
    mesh = seen(20, 10, -15)
    mirrored = mesh.copy()
    pairs = {1: 1, 4: 4, 5: 5, 6: 6, 8: 8, 9: 9, 10: 10, 33: 263, 263: 33, 133: 362, 362: 133}
    for one, other in pairs.items():
        mirrored[0, one] = mesh[0, other]
        mirrored[0, one, 0] = SIZE[0] - mesh[0, other, 0]
    yaw, pitch, roll = angles_of(head_rotations(mesh, SIZE))[0]
    assert angles_of(head_rotations(mirrored, SIZE))[0] == pytest.approx([-yaw, pitch, -roll], abs=0.05)


def test_a_clip_without_a_face_has_no_angles():
    assert angles_of(head_rotations(np.zeros((0, 478, 3), np.float32), SIZE)).shape == (0, 3)


@pytest.mark.parametrize("width", [0.0, 4.0, 28.0, 200.0])
def test_a_face_of_any_size_has_finite_angles(width):
    seen = np.zeros((1, 478, 3), np.float32)
    seen[0, RIGID, :2] = CANONICAL[:, :2] * width / 17 + (900, 500)  # the canonical face is some 17 wide
    angles = angles_of(head_rotations(seen, (1920, 1080)))
    assert np.isfinite(angles).all() and (np.abs(angles) < 25).all()
