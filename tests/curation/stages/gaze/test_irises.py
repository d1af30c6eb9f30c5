"""Gazes of faces whose irises are put where they are: against the head's own turn, in the mirror, leaning."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from faceshards.curation.stages.gaze.irises import gaze_of
from faceshards.curation.stages.headpose.head_angles import CANONICAL, RIGID
from faceshards.models.sessions.face_mesh import EYES

SIZE = (640, 640)


def face(*, yaw: float = 0, pitch: float = 0, roll: float = 0, along: float = 0, above: float = 0.03) -> np.ndarray:
    """The mesh (1, 478, 3) of a head whose irises stand so far from the middles of its eyes, in eye widths."""
    placed = Rotation.from_euler("YXZ", [-yaw, -pitch, roll], degrees=True).apply(CANONICAL) + np.array([0, 0, 60.0])
    points = np.zeros((1, 478, 3))
    points[0, RIGID, :2] = SIZE[0] / 2 + 640 * placed[:, :2] / placed[:, 2:]
    line = points[0, 263, :2] - points[0, 33, :2]
    line /= np.linalg.norm(line)
    for middle, (one, other) in zip((468, 473), EYES, strict=True):
        width = np.linalg.norm(points[0, other, :2] - points[0, one, :2])
        offset = along * line + above * np.array([line[1], -line[0]])
        points[0, middle, :2] = points[0, [one, other], :2].mean(axis=0) + width * offset
    return points


def degrees(points: np.ndarray) -> np.ndarray:
    return np.degrees(gaze_of(points, SIZE)[0])


@pytest.mark.parametrize(
    "turn", [{}, {"yaw": 25}, {"pitch": -15}, {"roll": 30}, {"yaw": -20, "pitch": 10, "roll": -20}]
)
def test_eyes_at_rest_look_where_the_head_points(turn):
    assert degrees(face(**turn)) == pytest.approx([turn.get("yaw", 0), turn.get("pitch", 0)], abs=0.6)


@pytest.mark.parametrize("roll", [0, 40])
def test_an_iris_turns_as_an_eyeball_of_twelve_millimetres_does(roll):
    sideways = np.degrees(np.arcsin(29 * 0.2 / 12))
    assert degrees(face(roll=roll, along=0.2))[0] == pytest.approx(sideways, abs=0.6)
    assert degrees(face(roll=roll, along=-0.2))[0] == pytest.approx(-sideways, abs=0.6)
    upwards = np.degrees(np.arcsin(29 * 0.1 / 12))
    assert degrees(face(roll=roll, above=0.13))[1] == pytest.approx(upwards, abs=0.6)


def test_an_iris_out_of_any_eye_is_a_right_angle_and_no_nan():
    assert np.abs(degrees(face(along=3.0))).max() == pytest.approx(90, abs=0.6)
    assert np.isfinite(gaze_of(np.zeros((0, 478, 3)), SIZE)).all() and gaze_of(np.zeros((0, 478, 3)), SIZE).shape == (
        0,
        2,
    )
