import hashlib
import json
from fractions import Fraction

import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.encode import encode
from faceshards.media.tables.packets import (
    DISCARD,
    DTS,
    KEY,
    OFFSET,
    PTS,
    SIZE,
    display_order,
    packet_table,
)  # fmt: skip
from faceshards.media.video.decode import frames, pictures, window

# name -> (container, codec, options, whether byte ranges serve)
KINDS = {
    "h264 b-pyramid": ("mp4", "libx264", {"x264-params": "keyint=12:bframes=4:b-pyramid=2"}, True),
    "h264 open groups": ("mp4", "libx264", {"x264-params": "keyint=12:bframes=4:open-gop=1"}, True),
    "h264 rolling refresh": ("mp4", "libx264", {"x264-params": "intra-refresh=1:keyint=15"}, True),
    "h264 in matroska": ("matroska", "libx264", {"g": "12"}, True),
    "h264 in avi": ("avi", "libx264", {"g": "12", "bf": "2"}, False),
    "hevc open groups": ("mp4", "libx265", {"x265-params": "log-level=none:keyint=12:bframes=4:open-gop=1"}, True),
    "hevc layers": ("mp4", "libx265", {"x265-params": "log-level=none:keyint=16:bframes=4:temporal-layers=3"}, True),
    "vp8": ("webm", "libvpx", {"g": "12"}, True),
    "vp9": ("webm", "libvpx-vp9", {"g": "12"}, True),
    "mpeg4 with B": ("mp4", "mpeg4", {"g": "12", "bf": "2"}, True),
    "mpeg4 in avi": ("avi", "mpeg4", {"g": "12"}, True),
    "mpeg2 in matroska": ("matroska", "mpeg2video", {"g": "12", "bf": "2"}, True),
    "mpeg1 program stream": ("mpeg", "mpeg1video", {"g": "12", "bf": "2"}, False),
}


class Ranges:
    """A member that counts what is read of it."""

    def __init__(self, body: bytes) -> None:
        self.body, self.asked = body, []

    def __call__(self, start: int, stop: int) -> bytes:
        assert 0 <= start < stop <= len(self.body)
        self.asked.append((start, stop))
        return self.body[start:stop]


@pytest.mark.parametrize("kind", KINDS)
def test_every_window_equals_the_full_decode(kind, numbered, made):
    container, codec, options, ranged = KINDS[kind]
    clip = made(numbered(40), container, codec, options)
    whole = np.stack(list(frames(clip)))
    table, facts = packet_table(clip)
    assert facts["ranged"] is ranged
    assert table.dtype == np.int64 and table.shape == (40, 7)
    facts = json.loads(json.dumps(facts))
    for start in range(40):
        for count in (1, 5, 40 - start):
            if start + count <= 40:
                got = window(Ranges(clip), table, facts, start, count)
                assert np.array_equal(got, whole[start : start + count]), (start, count)


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_windows_behind_an_edit_list(codec, numbered, number_of, made, cut):
    clip = cut(made(numbered(40), "mp4", codec, {"g": "12", "bf": "2"}), 17)
    whole = np.stack(list(frames(clip)))
    table, facts = packet_table(clip)
    assert (table[:, DISCARD] == 0).sum() == 23
    assert table[display_order(table), PTS].min() == 0
    assert (table[table[:, DISCARD] == 1, PTS] < 0).all()
    for start in range(23):
        got = window(Ranges(clip), table, facts, start, 1)
        assert number_of(got[0]) == 17 + start and np.array_equal(got[0], whole[start])


def test_the_table_says_where_each_packet_stands(numbered, made):
    clip = made(numbered(30), options={"g": "10"})
    table, facts = packet_table(clip)
    for offset, size in table[:, [OFFSET, SIZE]]:
        # In an mp4 each unit of H.264 begins with its length (ISO/IEC 14496-15); all of a packet's fill it exactly.
        at = offset
        while at < offset + size:
            at += 4 + int.from_bytes(clip[at : at + 4], "big")
        assert at == offset + size
    assert np.flatnonzero(table[:, KEY]).tolist() == [0, 10, 20]
    assert (np.diff(table[:, DTS]) > 0).all()
    assert sorted(table[:, PTS]) == [512 * i for i in range(30)] and facts["time_base"] == [1, 12800]
    assert (facts["codec"], facts["bytes"]) == ("h264", len(clip))


def test_a_window_reads_its_groups_and_no_more(numbered):
    clip = encode(numbered(90), Fraction(30), gop=15)
    table, facts = packet_table(clip)
    member = Ranges(clip)
    window(member, table, facts, 50, 5)
    group = table[45:60]
    assert len(member.asked) == 1
    start, stop = member.asked[0]
    assert start == group[0, OFFSET] and stop <= group[-1, OFFSET] + group[-1, SIZE]


def test_a_member_that_is_too_short_is_truncated(numbered, made):
    clip = made(numbered(30))
    table, facts = packet_table(clip)
    with pytest.raises(ClipError) as caught:
        window(lambda start, stop: clip[start : stop - 1], table, facts, 0, 30)
    assert caught.value.code == "truncated-media"


def test_overwritten_packets_are_broken(numbered, made):
    clip = made(numbered(30), options={"bf": "0"})
    table, facts = packet_table(clip)
    with pytest.raises(ClipError) as caught:
        window(lambda start, stop: b"\xff" * (stop - start), table, facts, 3, 4)
    assert caught.value.code == "broken-media"
    with pytest.raises(ClipError):
        window(Ranges(clip), table, facts | {"codec": "no such codec"}, 3, 4)


def test_every_real_clip_windows_equal_its_full_decode(real):
    """By hash of every picture, at 96x96; also that as many pictures decode as the packets promise."""
    wrong, ranged = [], {}
    for path in sorted((real / "video").iterdir()):
        clip = path.read_bytes()
        table, facts = packet_table(clip)
        whole = [digest(picture) for picture in frames(clip, size=(96, 96))]
        total = len(whole)
        if total != (table[:, DISCARD] == 0).sum():
            wrong.append((path.name, total))
        ranged[path.name] = facts["ranged"]
        for start, count in ((0, 1), (total // 4, 7), (total - 3, 3)):
            got = window(Ranges(clip), table, facts, start, count, size=(96, 96))
            if [digest(picture) for picture in got] != whole[start : start + count]:
                wrong.append((path.name, start, count))
    assert wrong == []
    assert {name for name, serves in ranged.items() if not serves} == {n for n in ranged if n.endswith(".mpg")}


def digest(picture: np.ndarray) -> str:
    return hashlib.sha256(picture.tobytes()).hexdigest()


def test_a_flipped_bit_of_a_packet_is_noticed(numbered, made):
    clip = bytearray(made(numbered(40), "mp4", "libx264", {"g": "12"}))
    table, facts = packet_table(bytes(clip))
    for row in (12, 15, 20):
        at = int(table[row, OFFSET] + table[row, SIZE] // 2)
        clip[at] ^= 1
        with pytest.raises(ClipError, match="differs from its checksum"):
            window(lambda start, stop: bytes(clip[start:stop]), table, facts, 15, 6)
        clip[at] ^= 1
    assert len(window(lambda start, stop: bytes(clip[start:stop]), table, facts, 15, 6)) == 6


def test_pictures_of_any_numbers_are_those_of_the_whole(numbered, made):
    for container, codec, options, _ in KINDS.values():
        clip = made(numbered(40), container, codec, options)
        whole = np.stack(list(frames(clip)))
        table, facts = packet_table(clip)
        for numbers in ([3], [0, 2, 4, 6], [5, 5, 6, 7, 7, 7], [11, 30, 39]):
            found = pictures(lambda start, stop, clip=clip: clip[start:stop], table, facts, np.array(numbers))
            np.testing.assert_array_equal(found, whole[numbers])
