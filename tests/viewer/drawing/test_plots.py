"""Lines, maps and dots, looked at pixel by pixel."""

import numpy as np
import pytest

from faceshards.viewer.drawing.drawing import FAINT, SCREEN, TRACK_COLOURS
from faceshards.viewer.drawing.plots import dots, heat, lines


def inked(picture, colour) -> np.ndarray:
    """The pixels that are more of a colour than of the ground, bool (H, W)."""
    to_ink, to_ground = (np.abs(picture.astype(int) - one).sum(axis=2) for one in (colour, SCREEN))
    return (to_ink < to_ground) & (np.abs(np.subtract(colour, picture.astype(int))).sum(axis=2) < 180)


def test_a_line_goes_from_the_least_at_the_bottom_to_the_greatest_at_the_top():
    picture = lines(np.array([[-1.0], [0.0], [3.0]]), np.array([0, 1, 2]), width=201, height=101)
    rows = inked(picture, TRACK_COLOURS[0])
    tops = [int(np.flatnonzero(rows[:, x]).mean()) for x in (50, 100, 198)]
    assert tops[0] > tops[1] > tops[2] and tops[2] < 12
    assert (picture[:, 40] == FAINT).all(axis=1).any()  # zero is in reach
    assert not (lines(np.array([[1.0], [2.0]]), np.arange(2)) == FAINT).all(axis=2).any()


def test_a_line_breaks_where_frames_are_left_out_and_where_there_is_no_number():
    values = np.array([[1.0, 5.0], [2.0, np.nan], [3.0, 5.0], [4.0, 5.0]])
    picture = lines(values, np.array([0, 1, 9, 10]), width=201, height=101)
    first, second = inked(picture, TRACK_COLOURS[0]), inked(picture, TRACK_COLOURS[1])
    assert first[:, 5:18].any(axis=0).all() and not first[:, 40:170].any() and first[:, 185:198].any(axis=0).all()
    assert not second[:, 30:170].any() and second[:, 185:198].any(axis=0).all()


@pytest.mark.parametrize("values", [[[np.nan]], [[2.0]], [[0.0], [0.0]]])
def test_whatever_there_is_to_draw_is_drawn(values):
    assert lines(np.array(values), np.arange(len(values))).shape == (96, 640, 3)


def test_a_map_has_the_first_row_at_the_top_and_the_greatest_brightest():
    picture = heat(np.array([[0.0, 0.0], [0.0, 9.0]]), width=100).astype(int).sum(axis=2)
    assert picture.shape == (24, 100)
    assert picture[20, 90] > picture[20, 10] == picture[4, 10] == picture[4, 90]
    each = heat(np.array([[0.0, 1.0], [0.0, 900.0], [5.0, 5.0]]), width=100, apart=True).astype(int).sum(axis=2)
    assert each[4, 90] == each[20, 90] > each[4, 10] == each[20, 10] == each[30, 10] == each[30, 90]
    assert heat(np.zeros((0, 3))).shape == (96, 640, 3) and heat(np.full((300, 2000), np.inf)).shape == (96, 640, 3)


def test_a_dot_is_where_its_point_is_and_nowhere_where_there_is_none():
    frame = np.full((60, 80, 3), 200, np.uint8)
    points = np.array([[20.5, 30.5], [np.nan, 3.0], [0.0, 0.0], [1e9, 5.0]])
    drawn = dots(frame, points)
    assert inked(drawn, TRACK_COLOURS[0])[30, 20] and (drawn[:, 40:70] == 200).all() and (drawn[:3, :3] == 200).all()
    assert (frame == 200).all() and not (drawn == SCREEN).all()
