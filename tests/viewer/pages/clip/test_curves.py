import numpy as np
import pytest

from faceshards.errors import ClipError, UsageError
from faceshards.shards.schema.columns import COLUMNS
from faceshards.viewer.pages.clip import curves
from faceshards.viewer.pages.clip.curves import curve_array, curve_list
from tests.viewer import burned


def test_measures_of_several_kinds_have_a_chart_each_with_its_unit(plain):
    charts = [one for one in curve_list(plain) if one.column == "quality.npy"]
    assert [one.first for one in charts] == list(range(9))
    assert (charts[0].lines, charts[0].unit) == (("luma",), "0..255")
    assert all(one.lines[0] in COLUMNS["quality.npy"].doc for one in charts)


def test_every_per_frame_number_of_a_sample_is_a_curve(plain):
    found = {one.column for one in curve_list(plain)}
    assert found == {"faces.msg", "gaze.npy", "headpose.npy", "mine.npy", "quality.npy", "speaking.npy", "speech.npy"}


def test_rows_stand_at_the_times_of_their_frames(plain):
    gaze = curve_array(plain, "gaze.npy")
    np.testing.assert_allclose(gaze[:, 0], burned.TIMES[[0, 1, 3, 4]] / 1000, atol=1e-6)
    np.testing.assert_allclose(gaze[1], [burned.TIMES[1] / 1000, np.pi / 2, 0], atol=1e-6)
    own = curve_array(plain, "mine.npy")
    np.testing.assert_allclose(own[:, 1], np.arange(burned.FRAMES))


def test_what_goes_by_its_own_clock_stands_at_its_own_seconds(plain):
    np.testing.assert_allclose(curve_array(plain, "speech.npy")[50], [50 * 0.032, 50 / 99], rtol=1e-6)


def test_tracks_have_a_line_each(plain):
    scores = curve_array(plain, "faces.msg")
    assert scores.shape == (burned.FRAMES, 2) and scores[17, 1] == np.float32(0.517)
    assert curve_array(plain, "speaking.npy")[:, 1].tolist() == [1.5, -2.0]


def test_of_a_long_column_the_peaks_stay(plain, monkeypatch):
    monkeypatch.setattr(curves, "MOST_POINTS", 13)
    thin = curve_array(plain, "mine.npy")
    assert len(thin) == 12  # stretches of ten pictures
    assert thin[:, 1].tolist() == [10.0 * one + 9 for one in range(12)]
    np.testing.assert_allclose(thin[:, 0], burned.TIMES[::10] / 1000, atol=1e-6)


def test_what_is_no_curve_is_refused(plain, hostile):
    for name in ("landmarks.npy", "dwpose.npy", "json", "none.npy"):
        with pytest.raises(UsageError, match="no numbers over time"):
            curve_array(plain, name)
    with pytest.raises(ClipError, match="not of one length"):
        curve_array(hostile, "speaking.npy")
    with pytest.raises(UsageError, match="no numbers over time"):
        curve_array(hostile, "mine.npy")


@pytest.mark.parametrize("column", ["gaze.npy", "headpose.npy", "quality.npy", "speech.npy", "speaking.npy"])
def test_a_column_without_a_row_is_a_curve_without_a_point(nobody, column):
    assert curve_array(nobody, column).shape[0] == 0
