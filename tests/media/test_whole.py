import io
import struct
from fractions import Fraction

import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.encode import encode
from faceshards.media.probe import probe
from faceshards.media.whole import check_whole


def code(body) -> str:
    with pytest.raises(ClipError) as caught:
        probe(body)
    return caught.value.code


@pytest.mark.parametrize("share", [0.03, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("layout", ["index last", "index first", "fragments"])
def test_an_mp4_that_is_cut_short_is_truncated(share, layout, numbered, made):
    pictures = numbered(60)
    clip = {
        "index last": lambda: made(pictures),
        "index first": lambda: encode(pictures, Fraction(25)),
        "fragments": lambda: made(pictures, options={"g": "10"}, muxing={"movflags": "+frag_keyframe+empty_moov"}),
    }[layout]()
    assert code(clip[: int(len(clip) * share)]) == "truncated-media"


@pytest.mark.parametrize("layout", ["index last", "index first", "fragments", "a large box"])
def test_an_mp4_cut_at_or_near_the_edge_of_a_box_is_truncated(layout, numbered, made):
    pictures = numbered(24)
    clip = {
        "index last": lambda: made(pictures),
        "index first": lambda: encode(pictures, Fraction(25)),
        "fragments": lambda: made(pictures, options={"g": "10"}, muxing={"movflags": "+frag_keyframe+empty_moov"}),
        "a large box": lambda: with_a_large_box(encode(pictures, Fraction(25))),
    }[layout]()
    edges = boxes(clip)
    near = {edge + off for edge in (*edges, len(clip)) for off in range(-20, 21)}
    # A cut behind a whole fragment cannot be told from a recording that ended there.
    first = min(at for at, name in edges.items() if name == b"mdat")
    ended = {at for at, name in edges.items() if at > first and name in (b"moof", b"mfra")}
    for length in sorted(length for length in near - ended if 12 <= length < len(clip)):
        assert code(clip[:length]) == "truncated-media", (length, edges)
    assert [probe(clip[:length]).frames for length in (*sorted(ended), len(clip))] == {
        "fragments": [10, 20, 24, 24]
    }.get(layout, [24])


def boxes(clip: bytes) -> dict[int, bytes]:
    """Where each box of the outermost level begins, and its name."""
    found, at = {}, 0
    while at < len(clip):
        size, found[at] = int.from_bytes(clip[at : at + 4], "big"), clip[at + 4 : at + 8]
        at += int.from_bytes(clip[at + 8 : at + 16], "big") if size == 1 else size
    assert at == len(clip)
    return found


def with_a_large_box(clip: bytes) -> bytes:
    """The same clip, its media in a box whose size has 64 bits: that takes the place of an empty box before it."""
    begin = next(at for at, name in boxes(clip).items() if name == b"mdat")
    assert clip[begin - 8 : begin] == b"\0\0\0\x08free"
    size = int.from_bytes(clip[begin : begin + 4], "big") + 8
    return clip[: begin - 8] + b"\0\0\0\1mdat" + size.to_bytes(8, "big") + clip[begin + 8 :]


@pytest.mark.parametrize("padding", [4, 7, 8, 100])
def test_zeros_behind_an_mp4_are_padding(padding, numbered, made):
    assert probe(made(numbered(12)) + bytes(padding)).frames == 12


@pytest.mark.parametrize(
    ("format_name", "encoder"), [("matroska", "libx264"), ("webm", "libvpx-vp9"), ("avi", "mpeg4")]
)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.95])
def test_other_containers_cut_short_are_truncated(format_name, encoder, share, numbered, made):
    clip = made(numbered(60), format_name, encoder)
    assert code(clip[: int(len(clip) * share)]) == "truncated-media"


def test_a_program_stream_cut_short_says_so_or_has_fewer_pictures(numbered, made):
    """It declares no length: only a last packet that is cut in two tells."""
    clip = made(numbered(60), "mpeg", "mpeg1video", {"b": "3M"})
    found = set()
    for share in np.linspace(0.1, 0.95, 30):
        try:
            found.add(probe(clip[: int(len(clip) * share)]).frames)
        except ClipError as error:
            found.add(error.code)
    assert "truncated-media" in found and found - {"truncated-media"} <= set(range(1, 61))


def ends(body: bytes) -> str | None:
    """The code under which a file is refused by its lengths alone; a file that is whole is left at its start."""
    file = io.BytesIO(body)
    try:
        check_whole(file)
    except ClipError as error:
        return error.code
    assert file.tell() == 0
    return None


def test_an_empty_file_is_no_clip():
    assert ends(b"") == "empty-file"


def test_boxes_are_whole_to_the_byte():
    start = struct.pack(">I4sI", 12, b"ftyp", 0)
    index, media = struct.pack(">I4s", 8, b"moov"), struct.pack(">I4s4x", 12, b"mdat")
    rest, large = struct.pack(">I4s9x", 0, b"mdat"), struct.pack(">I4sQ2x", 1, b"mdat", 18)
    for last in (media, rest, large):
        assert ends(start + index + last) is None
    for last in (media, large):
        assert ends(start + index + last[:-1]) == "truncated-media"
    assert ends(start + media + index) is None
    assert ends(start + media) == ends(start + index) == "truncated-media"
    assert ends(start + index + media + struct.pack(">I4s", 8, b"moof")) == "truncated-media"


@pytest.mark.parametrize("kind", [b"AVI ", b"WAVE"])
def test_riff_says_how_long_it_is_or_does_not_know(kind):
    def clip(size):
        return b"RIFF" + struct.pack("<I", size) + kind + bytes(100)

    assert ends(clip(104)) is None and ends(clip(105)) == "truncated-media"
    assert ends(clip(0)) is None and ends(clip(2**32 - 1)) is None


def test_a_segment_of_matroska_says_how_long_it_is_or_does_not_know():
    def clip(*size):  # a header of one byte, then the segment's name and size (RFC 8794, 4)
        return bytes([0x1A, 0x45, 0xDF, 0xA3, 0x81, 0, 0x18, 0x53, 0x80, 0x67, *size]) + bytes(300)

    assert ends(clip(0x41, 0x2C)) is None and ends(clip(0x41, 0x2D)) == "truncated-media"  # 300 and 301, in two bytes
    assert ends(clip(0xFF)) is None and ends(clip(0x01, *[0xFF] * 7)) is None


def test_other_files_declare_no_length():
    assert ends(b"fLaC" + bytes(20)) is None
