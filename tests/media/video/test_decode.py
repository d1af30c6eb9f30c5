import hashlib
import io
import json
import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.clip import Clip
from faceshards.media.encode import encode
from faceshards.media.members import Files
from faceshards.media.probe import probe
from faceshards.media.tables.packets import DISCARD, OFFSET, PTS, SIZE, display_order, packet_table
from faceshards.media.video.decode import frames, pictures, window
from tests.media.tables.test_packets import KINDS


def times(clip: bytes) -> np.ndarray:
    return Clip(Files({"mp4": clip}), {}, "mp4").times


@pytest.mark.parametrize(
    ("container", "codec", "options"),
    [
        ("mp4", "libx264", {"bf": "3", "x264-params": "b-pyramid=2"}),
        ("mp4", "libx265", {"x265-params": "log-level=none:bframes=4"}),
        ("mp4", "mpeg4", {"bf": "2", "q": "3"}),
        ("webm", "libvpx-vp9", {}),
        ("avi", "mpeg4", {}),
        ("avi", "libx264", {"bf": "2"}),
        ("mpeg", "mpeg1video", {"bf": "2", "b": "2M"}),
        ("mpeg", "mpeg2video", {"bf": "2", "b": "2M"}),
    ],
)
def test_all_pictures_come_in_display_order(container, codec, options, numbered, number_of, made):
    clip = made(numbered(50), container, codec, options)
    pictures = list(frames(clip))
    assert [number_of(picture) for picture in pictures] == list(range(50))
    assert {(picture.shape, picture.dtype) for picture in pictures} == {((64, 112, 3), np.dtype(np.uint8))}
    steps = np.diff(times(clip))
    assert len(steps) == 49 and steps == pytest.approx(1 / 25, abs=0.0011)


def test_an_edit_list_hides_its_pictures(numbered, number_of, made, cut):
    clip = cut(made(numbered(40), options={"g": "12", "bf": "3"}), 17)
    assert [number_of(picture) for picture in frames(clip)] == list(range(17, 40))
    assert [number_of(picture) for picture in frames(clip, every=5)] == list(range(17, 40, 5))
    assert times(clip) == pytest.approx(np.arange(23) / 25)


def test_a_picture_cut_out_of_the_middle_is_a_reason(numbered, made):
    """The container stays whole; a packet's bytes are gone."""
    clip = bytearray(made(numbered(30), options={"x264-params": "keyint=30:bframes=0"}))
    with av.open(io.BytesIO(clip)) as container:
        packet = [p for p in container.demux(video=0) if p.size][10]
        clip[packet.pos : packet.pos + packet.size] = b"\xff" * packet.size
    with pytest.raises(ClipError) as caught:
        list(frames(bytes(clip)))
    assert caught.value.code in ("broken-media", "truncated-media")


def test_the_limit_holds_for_a_size_that_changes_on_the_way(numbered, made):
    small, large = (made(numbered(8, size), "mpeg", "mpeg2video") for size in ((114, 66), (640, 480)))
    assert len(list(frames(small, max_pixels=114 * 66))) == 8
    with pytest.raises(ClipError) as caught:
        list(frames(small + large, max_pixels=114 * 66))
    assert caught.value.code == "broken-media"


def test_missing_pictures_are_noticed(numbered, made):
    """Without its first group, the pictures that lead the second one have lost their reference."""
    clip = made(numbered(40), "matroska", "mpeg2video", {"g": "12", "bf": "2"})
    buffer = io.BytesIO()
    with av.open(io.BytesIO(clip)) as source, av.open(buffer, "w", format="matroska") as out:
        packets = [p for p in source.demux(video=0) if p.size]
        second = [index for index, packet in enumerate(packets) if packet.is_keyframe][1]
        copy = out.add_stream_from_template(source.streams.video[0])
        for packet in packets[second:]:
            packet.stream = copy
            out.mux(packet)
    with pytest.raises(ClipError, match="28 pictures decode of the 30 that are promised") as caught:
        list(frames(buffer.getvalue()))
    assert caught.value.code == "truncated-media"


def test_a_hidden_vp8_frame_is_neither_promised_nor_shown(numbered, made):
    clip = made(numbered(30), "webm", "libvpx")
    assert (len(list(frames(clip))), probe(clip).frames) == (30, 30)
    hidden = hide_vp8_frame(clip, 10)
    assert (len(list(frames(hidden))), probe(hidden).frames) == (29, 29)


def hide_vp8_frame(clip: bytes, number: int) -> bytes:
    """The clip with one frame's show_frame bit (RFC 6386, 9.1) off."""
    with av.open(io.BytesIO(clip)) as container:
        packet = bytes([p for p in container.demux(video=0) if p.size][number])
    at = clip.index(packet)
    return clip[:at] + bytes([packet[0] & ~0x10]) + clip[at + 1 :]


def test_a_picture_of_another_size_is_refused(numbered, made):
    small, large = (made(numbered(8, size), "mpeg", "mpeg2video") for size in ((112, 64), (128, 80)))
    with pytest.raises(ClipError, match="changes from") as caught:
        list(frames(small + large))
    assert caught.value.code == "mixed-sizes"


def test_files_are_closed_when_the_iterator_is_dropped(tmp_path, numbered, made):
    path = tmp_path / "clip.mp4"
    path.write_bytes(made(numbered(20)))
    for _ in range(5):
        pictures = frames(path)
        next(pictures)
        pictures.close()
    assert str(path) not in {os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()}


def test_decoding_starts_no_threads(numbered, made):
    clip = made(numbered(20, (256, 256)))
    before = set(Path("/proc/self/task").iterdir())
    pictures = frames(clip, size=(64, 64))
    next(pictures)
    assert set(Path("/proc/self/task").iterdir()) <= before


def test_memory_stays_level_over_many_clips(numbered, made):
    clip = made(numbered(10, (256, 256)))

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    for _ in range(10):
        list(frames(clip))
    before = resident()
    for _ in range(60):
        next(frames(clip))
        list(frames(clip))
    assert resident() - before < 8 * 2**20


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
