"""What each rule cuts out of a frame."""

import numpy as np
import pytest

from faceshards.curation.stages.crop.face_path import FacePath
from faceshards.curation.stages.crop.rules import aligned, avspeech, tracked
from faceshards.curation.stages.faces.table import FaceArrays
from faceshards.errors import ClipError
from faceshards.media.geometry import ARCFACE_112, apply, invert

FRAME = (300, 200)
POINTS = np.array([[40.0, 50], [60, 50], [50, 62], [43, 75], [57, 75]])


def path(box: tuple[float, float, float, float], points: np.ndarray = POINTS, frames: int = 3) -> FacePath:
    return FacePath(np.tile(box, (frames, 1)), np.tile(points, (frames, 1, 1)), np.ones(frames, bool), ((0, frames),))


def corners(matrix: np.ndarray, size: int) -> list[float]:
    """x1 y1 x2 y2 of what an upright crop shows of its frame."""
    return apply(invert(matrix), np.array([[0, 0], [size, size]])).ravel().round(6).tolist()


@pytest.mark.parametrize(
    ("box", "shown"),
    [
        ((100, 60, 140, 110), [80, 45, 160, 125]),  # 50 and 0.3 of it on each side
        ((0, 0, 40, 50), [0, 0, 80, 80]),  # moved
        ((280, 170, 320, 220), [220, 120, 300, 200]),
        ((100, 20, 250, 180), [75, 0, 275, 200]),  # shrunk
    ],
)
def test_a_square_that_follows_never_leaves_the_frame(box, shown):
    found = tracked(path(box), FRAME, 160, 0.3, 13)
    assert [corners(matrix, 160) for matrix in found.matrices] == [pytest.approx(shown)] * 3
    assert found.sides(160) == pytest.approx([shown[2] - shown[0]] * 3) and not found.beyond(160, FRAME).any()


def test_zooming_is_calmer_than_panning():
    boxes = np.tile([100.0, 60, 140, 100], (81, 1))
    boxes[40:, :2] -= 10
    boxes[40:, 2:] += 10
    found = tracked(FacePath(boxes, np.zeros((81, 5, 2)), np.ones(81, bool), ((0, 81),)), FRAME, 160, 0, 13)
    sides = found.sides(160)
    assert sides[0] == pytest.approx(40, abs=1) and sides[80] == pytest.approx(60, abs=1)
    assert np.diff(sides).max() < 1 and (np.diff(sides) >= -1e-9).all()


def test_a_face_that_leans_is_set_upright_and_the_margin_is_beyond_the_template():
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    leaning = (ARCFACE_112 - 56) @ turn.T + [60, 100]
    found = aligned(path((0, 0, 1, 1), leaning), 224, 0.25, 13)
    five = apply(found.matrices[1], leaning)
    np.testing.assert_allclose(five, (ARCFACE_112 + 28) / 168 * 224, atol=1e-6)
    assert found.sides(224) == pytest.approx([168] * 3)
    assert 0.1 < found.beyond(224, FRAME).max() < 0.5  # its left corner


def test_the_rule_of_avspeech_takes_the_first_box_near_the_place_and_exactly_that():
    def rows(*boxes: tuple[int, list[float]]) -> FaceArrays:
        frame = [number for number, _ in boxes]
        none = [[[0.0, 0.0]] * 5] * len(frame)
        return FaceArrays.of(
            {"frame": frame, "track": frame, "box": [box for _, box in boxes], "points": none, "score": frame}
        )

    place = {"pos_x": 0.5, "pos_y": 0.5}  # 150, 100
    far, near, exact = [0.0, 0, 99, 90], [-20.0, 30, 101, 90], [140.0, 90, 160, 130]
    faces = rows((0, far), (0, near), (0, exact), (3, exact), (4, far))
    found = avspeech(faces, 6, FRAME, place, 160)
    assert found.seen.tolist() == [True, False, False, True, False, False]
    shown = [corners(matrix, 160) for matrix in found.matrices]
    assert shown[0] == shown[1] == pytest.approx([0, 30, 101, 90])  # what is left of 0 is not there
    assert shown[2] == shown[3] == shown[5] == pytest.approx(exact)
    assert avspeech(rows((0, far)), 6, FRAME, place, 160) is None


@pytest.mark.parametrize("facts", [{}, {"pos_x": 0.5}, {"pos_x": 0.5, "pos_y": 1.5}, {"pos_x": "0.5", "pos_y": 0.5}])
def test_without_the_place_the_rule_says_what_it_misses(facts):
    with pytest.raises(ClipError, match="must hold pos_x and pos_y from 0 to 1"):
        avspeech(FaceArrays.of({}), 1, FRAME, facts, 160)
