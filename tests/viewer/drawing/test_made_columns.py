"""Which columns are drawn, and that what is drawn is theirs."""

import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode_npy
from faceshards.shards.schema.columns import COLUMNS
from faceshards.viewer.drawing.clip_view import view_clip
from faceshards.viewer.drawing.made_columns import MadeColumns, drawn, points_at
from faceshards.viewer.drawing.sample import ShownSample

POINTS = np.stack([np.full((478, 3), 10.0 * row) for row in range(3)]).astype(np.float32)
MADE = {
    "landmarks.npy": POINTS,
    "landmarks_score.npy": np.ones(3, np.float32),
    "landmarks_frame.npy": np.array([1, 4, 7], np.int64),
    "headpose.npy": np.zeros((3, 3), np.float32),
    "voice.npy": np.linspace(-1, 1, 256, dtype=np.float32),
}


@pytest.fixture
def shown(samples, tmp_path):
    """A sample with such columns, the shard open."""
    sample = samples.whole("a") | {name: encode_npy(value) for name, value in MADE.items()}
    with Shard(samples.write(tmp_path / "one.tar", [sample])) as shard:
        yield ShownSample.of(shard, 0)


def test_points_go_on_the_frames_numbers_by_themselves_and_what_is_beside_them_nowhere(shown):
    made = MadeColumns.of(shown)
    assert [one.name for one in made.points] == ["landmarks.npy"]
    assert [one.name for one in made.numbers] == ["headpose.npy", "voice.npy"]
    assert {one.name for one in made.videos} == {"styled.mp4", "swapped.mp4"}


def test_each_moment_has_the_points_of_its_frame(shown):
    found = points_at(shown, COLUMNS["landmarks.npy"], [1, 2, 7])
    assert [one.shape for one in found] == [(478, 2), (0, 2), (478, 2)]
    assert (found[0] == 0).all() and (found[2] == 20).all()


def test_a_number_a_frame_is_a_line_and_a_vector_a_map(shown):
    assert drawn(shown, COLUMNS["headpose.npy"]).shape == (96, 640, 3)
    voice = drawn(shown, COLUMNS["voice.npy"]).astype(int).sum(axis=2)
    assert voice.shape == (12, 640) and voice[6, 0] < voice[6, 320] < voice[6, 639]


def test_one_number_is_no_line_and_takes_no_panel(samples, tmp_path):
    sample = samples.whole("a") | {"headpose.npy": encode_npy(np.zeros((1, 3), np.float32))}
    with Shard(samples.write(tmp_path / "one.tar", [sample])) as shard:
        shown = ShownSample.of(shard, 0)
        assert drawn(shown, COLUMNS["headpose.npy"]) is None
        assert all(not panel.stills for panel in view_clip(shown).numbers)


def test_where_nothing_was_found_the_panel_says_so_and_nothing_failed(samples, tmp_path):
    nobody = {"landmarks_frame.npy": np.zeros(0, np.int64), "headpose.npy": np.zeros((0, 3), np.float32)}
    sample = samples.whole("a") | {name: encode_npy(value) for name, value in nobody.items()}
    with Shard(samples.write(tmp_path / "nobody.tar", [sample])) as shard:
        (panel,) = view_clip(ShownSample.of(shard, 0)).numbers
    assert (panel.stills, panel.failure, panel.absent) == ((), None, "Nothing of this kind in the clip.")


def test_the_view_has_a_panel_for_each(shown):
    view = view_clip(shown)
    assert [panel.label for panel in view.points] == ["Landmarks"]
    assert [panel.label for panel in view.numbers] == ["Headpose, degrees", "Voice, 0..1, length 1"]
    assert all(panel.stills for panel in (*view.points, *view.numbers))
    assert [len(panel.stills) for panel in view.points] == [4]


@pytest.mark.parametrize("bad", [np.zeros((3, 478), np.float32), np.zeros((2, 478, 3), np.float32)])
def test_points_of_another_shape_are_a_reason(samples, tmp_path, bad):
    sample = samples.whole("a") | {name: encode_npy(value) for name, value in MADE.items()}
    with Shard(samples.write(tmp_path / "bad.tar", [sample | {"landmarks.npy": encode_npy(bad)}])) as shard:
        one = ShownSample.of(shard, 0)
        with pytest.raises(ClipError, match="landmarks"):
            points_at(one, COLUMNS["landmarks.npy"], [1])
        assert view_clip(one).points[0].failure.code == "bad-column"
