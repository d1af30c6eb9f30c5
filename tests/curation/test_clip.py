import numpy as np
import pytest

from faceshards.curation.clip import StageClip
from faceshards.errors import ClipError
from faceshards.media.picture import encode_png
from faceshards.media.sound import read_sound
from faceshards.media.video.decode import frames
from faceshards.shards.reader import Shard
from tests.curation.conftest import sample, write_shard


@pytest.fixture
def opened(shard):
    with Shard(shard) as opened:
        yield opened


def test_frames_are_those_of_the_decoder_decoded_once_and_read_only(opened, bodies):
    clip = StageClip(opened, 2, opened.json(2))
    assert not clip.decoded
    first = clip.frames
    assert np.array_equal(first, np.stack(list(frames(bodies["astro 2"]))))
    assert clip.frames is first and clip.decoded
    assert clip.counts == {"frames_decoded": 12}
    with pytest.raises(ValueError, match="read-only"):
        first[0, 0, 0, 0] = 1


@pytest.mark.parametrize("known", [None, 1, 5, 12, 40])
def test_a_wrong_or_missing_frame_count_in_the_json_changes_nothing(opened, bodies, known):
    clip = StageClip(opened, 2, {**opened.json(2), "frames": known})
    assert np.array_equal(clip.frames, np.stack(list(frames(bodies["astro 2"]))))


def test_a_clip_too_large_for_memory_is_refused_the_same_way_each_time(opened):
    clip = StageClip(opened, 2, opened.json(2), max_bytes=5 * 256 * 256 * 3)
    for _ in range(2):
        with pytest.raises(ClipError, match="--max-clip-gb") as caught:
            _ = clip.frames
        assert caught.value.code == "too-large"
    assert clip.counts == {"frames_decoded": 6}


def test_a_clip_that_just_fits_is_decoded(opened):
    assert len(StageClip(opened, 2, opened.json(2), max_bytes=12 * 256 * 256 * 3).frames) == 12


def test_sound_is_read_once_and_a_clip_without_has_none(opened, bodies):
    clip = StageClip(opened, 0, opened.json(0))
    assert clip.sound() is clip.sound()
    assert np.array_equal(clip.sound().samples, read_sound(bodies["astro 1"]).samples)
    with pytest.raises(ClipError) as caught:
        StageClip(opened, 1, opened.json(1)).sound()
    assert caught.value.code == "no-sound"


def test_a_picture_is_a_clip_of_one_frame(tmp_path, astronaut):
    members = {"json": {"name": "p", "container": "png"}, "png": encode_png(astronaut)}
    with Shard(write_shard(tmp_path / "p.tar", {"p": members})) as opened:
        clip = StageClip(opened, 0, opened.json(0))
        assert np.array_equal(clip.frames, astronaut[None])
        assert clip.counts == {"frames_decoded": 1}
        with pytest.raises(ClipError) as caught:
            clip.sound()
        assert caught.value.code == "no-sound"


def test_columns_of_this_run_come_before_those_of_the_shard(opened):
    clip = StageClip(opened, 0, opened.json(0), {"mp4.packets.npy": b"", "new.txt": b"here"})
    assert clip.column("new.txt") == "here" and clip.has("new.txt")
    assert not clip.has("mp4.packets.npy") and not clip.has("never.npy")
    with pytest.raises(ClipError) as caught:
        clip.column("mp4.packets.npy")
    assert caught.value.code == "needs-failed"
    assert StageClip(opened, 0, opened.json(0)).column("mp4.packets.npy").shape[1] == 7


def test_a_clip_that_does_not_decode_is_asked_only_once(tmp_path, bodies):
    body = bodies["astro 1"][:-2000]
    members = sample("cut", body, broken=True)
    with Shard(write_shard(tmp_path / "p.tar", {"cut": members})) as opened:
        clip = StageClip(opened, 0, opened.json(0))
        errors = []
        for _ in range(2):
            with pytest.raises(ClipError) as caught:
                _ = clip.frames
            errors.append(caught.value)
        assert errors[0] is errors[1]
