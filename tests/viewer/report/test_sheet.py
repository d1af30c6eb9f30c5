"""The contact sheet: what there is to see of a sample, a row each."""

import numpy as np
import pytest

from faceshards.shards.reader import Shard
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.report.sheet import contact_sheet
from tests.viewer.conftest import BLUE, FRAMES, GREEN, HEIGHT, RED, WIDTH


@pytest.fixture
def sheet_of(samples, tmp_path):
    """The sheet of one sample that is written to a shard."""

    def draw(sample):
        with Shard(samples.write(tmp_path / "one.tar", [sample])) as shard:
            return contact_sheet(ShownSample.of(shard, 0))

    return draw


def shown(sheet, colour) -> np.ndarray:
    """Where a colour stands, as bool (H, W)."""
    return (np.abs(sheet.astype(int) - colour) < 25).all(axis=2)


def test_four_moments_of_the_clip_and_of_each_twin_stand_in_rows_of_their_own(sheet_of, samples):
    sheet = sheet_of(samples.whole("a"))
    assert sheet.dtype == np.uint8 and sheet.shape[1] == 1090
    tops = []
    for colour in (GREEN, BLUE):
        place = shown(sheet, colour)
        rows, columns = np.flatnonzero(place.any(axis=1)), np.flatnonzero(place.any(axis=0))
        assert place.sum() == pytest.approx(4 * WIDTH * HEIGHT, rel=0.02)  # small frames are not enlarged
        assert (np.ptp(rows) + 1, columns[0]) == (HEIGHT, 24)
        assert columns[-1] == 24 + 4 * WIDTH + 3 * 6 - 1
        tops.append(rows[0])
    red = np.flatnonzero(shown(sheet, RED).sum(axis=1) > 4 * 20)
    assert red[0] < tops[0] < tops[1] < red[-1]  # the clip above its twins, the face crop below
    assert FRAMES > 4


def test_a_panel_that_failed_is_a_notice_in_its_place_and_an_absent_one_takes_no_room(sheet_of, samples):
    sample = samples.no_face("a")
    failed = sheet_of(sample)
    assert not shown(failed, BLUE).sum() > 50  # the swap needed a face
    assert shown(failed, GREEN).sum() > 3 * WIDTH * HEIGHT
    absent = sheet_of({name: body for name, body in sample.items() if name not in ("swapped.mp4", "face.jpg")})
    assert absent.shape[0] < failed.shape[0] - 2 * 72
    assert np.array_equal(absent[:60], failed[:60])  # the head says the same of both


def test_the_head_tells_a_failed_sample_from_a_whole_one(sheet_of, samples):
    whole, failed = sheet_of(samples.whole("same")), sheet_of(samples.no_face("same"))
    name, facts = slice(24, 24 + 33), slice(24 + 33 + 10, 24 + 33 + 10 + 20)
    assert np.array_equal(whole[name], failed[name]) and not np.array_equal(whole[facts], failed[facts])


@pytest.mark.parametrize("name", ["x" * 5000, "日本\n\x1b[31m", "<script>", " "])
def test_names_of_any_kind_fit_the_sheet(sheet_of, samples, name):
    assert sheet_of(samples.whole(name)).shape[1] == 1090
