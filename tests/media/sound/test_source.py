from fractions import Fraction

import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.encode import encode
from faceshards.media.members import Files
from faceshards.media.sound.packets import OFFSET, SIZE, START, sound_table
from faceshards.media.sound.source import OwnSound, SoundPackets, sound_source
from faceshards.media.tables.media_json import SOUND
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.track import PacketTrack
from faceshards.shards.schema.codecs import encode_npy
from faceshards.shards.schema.columns import SOUND_PACKETS
from tests.media.sound.test_read import pcm_clip

RATE = 16000
NOISE = np.random.default_rng(2).integers(-20000, 20000, 32 * 500) / 32767  # one second, no part like another


@pytest.fixture(scope="module")
def clip() -> bytes:
    """A clip whose sound is this noise, in 32 packets, each sample kept to 16 bits."""
    return pcm_clip(NOISE, RATE, [number / 32 for number in range(32)])


def track(clip: bytes, body: bytes | None = None) -> PacketTrack:
    return PacketTrack(*packet_table(clip), body)


def test_a_sound_of_its_own_is_heard_first_and_needs_no_bytes_of_the_clip(clip, wave):
    own = wave((NOISE[::-1] * 32767).round().astype(np.int16)[:, None], RATE)
    source = sound_source(Files({"wav": own}), {}, track(clip, clip), 0.25, 0.5)
    assert isinstance(source, OwnSound) and source.ranges == []
    np.testing.assert_allclose(source.span(lambda *_: b"", 0.25, 0.5, RATE), NOISE[::-1][4000:12000], atol=1e-4)


@pytest.mark.parametrize("told", ["by the step", "by the table", "by the clip"])
@pytest.mark.parametrize(("start", "count"), [(0.25, 4000), (0.0, 1600), (0.9, 1600)])
def test_a_span_is_that_part_of_the_sound_wherever_its_packets_are_told(clip, told, start, count):
    table, media = sound_table(clip)
    assert "step" in media and media["ranged"]
    files, facts = {}, {}
    if told != "by the clip":
        files[SOUND_PACKETS] = encode_npy(table)
        facts = {"media": {SOUND: {k: v for k, v in media.items() if k != "step" or told == "by the step"}}}
    source = sound_source(
        Files(files), facts, track(clip, clip if told == "by the clip" else None), start, count / RATE
    )
    assert isinstance(source, SoundPackets)
    asked = []

    def read_range(begin, end):
        asked.append((begin, end))
        return clip[begin:end]

    found = source.span(read_range, start, count / RATE, RATE)
    assert found.dtype == np.float32
    begin = round(start * RATE)
    np.testing.assert_allclose(found, NOISE[begin : begin + count], atol=1e-4)
    # All that it read lies within what it said it would read, and that is not the whole sound.
    assert len(source.ranges) < 32
    assert source.ranges[0][0] <= min(asked)[0] and max(end for _, end in asked) <= source.ranges[-1][1]
    whole = {(int(row[OFFSET]), int(row[OFFSET] + row[SIZE])) for row in table}
    assert set(source.ranges) <= whole and (np.diff(table[:, START]) == 500).all()


def test_behind_the_end_of_the_sound_it_is_silent(clip):
    source = sound_source(Files({}), {}, track(clip, clip), 5.0, 0.5)
    assert len(source.ranges) <= 1
    assert source.span(lambda begin, end: clip[begin:end], 5.0, 0.5, RATE).tolist() == [0.0] * 8000
    table, media = sound_table(clip)
    none = SoundPackets(PacketTrack(table[:0], media))
    assert none.ranges == [] and none.span(lambda *_: b"", 5.0, 0.5, RATE).tolist() == [0.0] * 8000


def test_a_clip_without_sound_is_a_reason(numbered):
    silent = encode(numbered(5), Fraction(25))
    for body in (None, silent):
        with pytest.raises(ClipError) as caught:
            sound_source(Files({}), {}, track(silent, body), 0.0, 1.0)
        assert caught.value.code == "no-sound"
