import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.clip import Clip
from faceshards.media.encode import encode
from faceshards.media.members import Files
from faceshards.media.picture import encode_png
from faceshards.media.sound import Sound, read_sound
from faceshards.media.sound.packets import sound_table
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.media.video.decode import frames
from faceshards.media.video.framing import Framing
from faceshards.shards.schema.codecs import encode_npy


class Counted(Files):
    """Members that count the bytes which are read of the clip."""

    read_of_clip = 0

    def read(self, column):
        Counted.read_of_clip += len(self.bodies[column]) * (column == "mp4")
        return super().read(column)

    def read_range(self, column, start, stop):
        Counted.read_of_clip += (stop - start) * (column == "mp4")
        return super().read_range(column, start, stop)


def opened(body, tables=True, column="mp4", **more):
    """A clip whose members are in memory, with its tables or as a foreign one."""
    Counted.read_of_clip = 0
    if not tables:
        return Clip(Counted({column: body, **more}), {}, column)
    table, media = packet_table(body)
    facts, members = {"media": {column: media}}, {f"{column}.packets.npy": encode_npy(narrow(table))}
    try:
        sounds, facts["media"]["sound"] = sound_table(body)
        members["sound.packets.npy"] = encode_npy(narrow(sounds))
    except ClipError:
        pass
    return Clip(Counted({column: body, **members, **more}), facts, column)


@pytest.fixture(scope="module")
def spoken(numbered):
    tone = (np.sin(np.arange(64000) / 8) / 2).astype(np.float32)
    return encode(numbered(100), Fraction(25), gop=10, sound=Sound(tone, 16000))


@pytest.mark.parametrize("tables", [True, False])
def test_all_that_is_asked_of_it_is_part_of_the_full_decode(spoken, tables):
    whole = np.stack(list(frames(spoken)))
    clip = opened(spoken, tables)
    assert len(clip) == 100 and clip.times == pytest.approx(np.arange(100) / 25)
    assert clip.keys.tolist() == list(range(0, 100, 10))
    asked = {
        "all": ({}, np.arange(100)),
        "numbers": ({"numbers": [2, 3, 55, 99]}, np.array([2, 3, 55, 99])),
        "one twice": ({"numbers": [7, 7, 8]}, np.array([7, 7, 8])),
        "span": ({"span": (1.0, 0.5)}, np.arange(25, 38)),
        "every": ({"every": 7}, np.arange(0, 100, 7)),
        "every of a span": ({"span": (1.0, 0.5), "every": 5}, np.arange(25, 38, 5)),
        "slower": ({"fps": 5}, np.arange(0, 100, 5)),
        "faster": ({"fps": 50, "span": (0.0, 0.2)}, np.arange(5).repeat(2)),
    }
    for name, (words, numbers) in asked.items():
        chunks = list(clip.frames(**words))
        assert np.concatenate([chunk.numbers for chunk in chunks]).tolist() == numbers.tolist(), name
        np.testing.assert_array_equal(np.concatenate([chunk.pictures for chunk in chunks]), whole[numbers])
        assert np.concatenate([chunk.times for chunk in chunks]) == pytest.approx(numbers / 25)
    (chunk,) = clip.frames(numbers=[5], size=(56, 32))
    np.testing.assert_array_equal(chunk.pictures[0], list(frames(spoken, size=(56, 32)))[5])
    assert [len(chunk.numbers) for chunk in clip.frames(most=40)] == [40, 40, 20]


def test_of_a_few_pictures_only_their_groups_are_read(spoken):
    clip = opened(spoken)
    list(clip.frames(numbers=[3, 95]))
    assert 0 < Counted.read_of_clip < len(spoken) / 3


def test_chunks_keep_memory_bounded(numbered):
    clip = opened(encode(numbered(120, (512, 512)), Fraction(25)), tables=False)
    tracemalloc.start()
    sizes = [chunk.pictures.nbytes for chunk in clip.frames()]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(sizes) == 120 * 512 * 512 * 3 and max(sizes) <= 32 << 20 and peak < 80 << 20


@pytest.mark.parametrize("tables", [True, False])
def test_sound_of_a_span_is_the_same_part_of_the_whole(spoken, tables):
    clip, whole = opened(spoken, tables), read_sound(spoken, 16000).samples
    np.testing.assert_array_equal(clip.sound().samples, whole)
    np.testing.assert_allclose(clip.sound(1.0, 0.5).samples, whole[16000:24000], atol=1e-3)
    assert not clip.sound(60.0, 0.5).samples.any() and clip.sound(rate=8000).rate == 8000


def test_a_part_decodes_without_another_read(spoken):
    clip = opened(spoken)
    numbers = np.arange(40, 50)
    part = clip.part(numbers, lambda line: (line.at(40), 0.4))
    before = Counted.read_of_clip
    np.testing.assert_array_equal(part.pictures(Framing())[0], np.stack(list(frames(spoken)))[40:50])
    np.testing.assert_allclose(part.sound(16000), read_sound(spoken).samples[25600:32000], atol=1e-3)
    assert Counted.read_of_clip == before < len(spoken) / 2


def test_a_number_beyond_the_end_is_named(spoken):
    with pytest.raises(ClipError, match="mp4 has frames 0 to 99, got frame 100") as caught:
        list(opened(spoken).frames(numbers=[5, 100]))
    assert caught.value.code == "too-few-frames"


def test_a_silent_clip_has_no_sound(numbered):
    clip = opened(encode(numbered(10), Fraction(25)))
    for words in ({}, {"start": 0.0, "seconds": 0.1}):
        with pytest.raises(ClipError) as caught:
            clip.sound(**words)
        assert caught.value.code == "no-sound"


def test_a_picture_is_a_clip_of_one_frame(numbered, wave):
    (picture,) = numbered(1)
    clip = opened(encode_png(picture), tables=False, column="png")
    assert clip.size == (picture.shape[1], picture.shape[0])
    (chunk,) = clip.frames()
    np.testing.assert_array_equal(chunk.pictures, picture[None])
    assert len(clip) == 1 and clip.times.tolist() == [0.0] and chunk.times.tolist() == [0.0]
    assert next(clip.frames(size=(56, 32))).pictures.shape == (1, 32, 56, 3)
    with pytest.raises(ClipError, match="a picture has no sound"):
        clip.sound()
    heard = opened(encode_png(picture), tables=False, column="png", wav=wave(np.ones((800, 1), np.int16), 16000))
    assert heard.sound().duration == pytest.approx(0.05)


@pytest.mark.parametrize("choice", [{"every": 2}, {"fps": 5}, {"span": (0.0, 1.0)}, {"numbers": [0]}])
def test_a_picture_is_its_one_frame_however_it_is_chosen(numbered, choice):
    (picture,) = numbered(1)
    (chunk,) = opened(encode_png(picture), tables=False, column="png").frames(**choice)
    np.testing.assert_array_equal(chunk.pictures, picture[None])
    assert chunk.numbers.tolist() == [0] and chunk.times.tolist() == [0.0]


def test_numbers_of_a_picture(numbered):
    (picture,) = numbered(1)
    clip = opened(encode_png(picture), tables=False, column="png")
    assert list(clip.frames([])) == []
    (twice,) = clip.frames([0, 0])
    np.testing.assert_array_equal(twice.pictures, np.stack([picture, picture]))
    with pytest.raises(ClipError, match="png has frames 0 to 0, got frame 5") as caught:
        next(clip.frames([5]))
    assert caught.value.code == "too-few-frames"


def test_choices_that_contradict_each_other_are_refused(spoken):
    with pytest.raises(ValueError, match="by numbers, or by span, every and fps"):
        next(opened(spoken).frames([1, 2], every=2))
    with pytest.raises(ValueError, match=r"must ascend, got \[5, 3\]"):
        next(opened(spoken).frames([5, 3]))
    with pytest.raises(ClipError, match="got frame -1"):
        next(opened(spoken).frames([-1, 3]))


def test_a_twin_speaks_with_the_voice_of_the_samples_container(spoken, numbered):
    twin = encode([255 - picture for picture in numbered(100)], Fraction(25), gop=10)  # silent, other offsets
    clip = opened(spoken)
    members = {name: clip._members.read(name) for name in ("mp4", "mp4.packets.npy", "sound.packets.npy")}
    table, media = packet_table(twin)
    members |= {"styled.mp4": twin, "styled.mp4.packets.npy": encode_npy(narrow(table))}
    facts = clip.facts | {"container": "mp4", "media": clip.facts["media"] | {"styled.mp4": media}}
    styled = Clip(Counted(members), facts, "styled.mp4")
    np.testing.assert_array_equal(styled.sound(1.0, 0.5).samples, clip.sound(1.0, 0.5).samples)
    np.testing.assert_array_equal(styled.sound().samples, clip.sound().samples)
    numbers = np.arange(30, 40)
    part = styled.part(numbers, lambda timeline: (1.2, 0.4))
    np.testing.assert_array_equal(part.pictures(Framing())[0], np.stack(list(frames(twin)))[30:40])
    np.testing.assert_array_equal(part.sound(16000), clip.part(numbers, lambda timeline: (1.2, 0.4)).sound(16000))
    assert np.abs(part.sound(16000)).max() > 0.1
