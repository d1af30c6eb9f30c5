"""Turned clips are made by writing another matrix into the header of an mp4's track (ISO/IEC 14496-12, 8.3.2)."""

import io
import struct

import av
import pytest

from faceshards.media.rotation import first_rotation, rotation_of

ONE = 1 << 16
# (a, b, c, d): a point (x, y), y down, is shown at (a x + c y, b x + d y).
TURNS = {
    "as it is": ((1, 0, 0, 1), 0),
    "a quarter clockwise": ((0, 1, -1, 0), 90),
    "upside down": ((-1, 0, 0, -1), 180),
    "a quarter anticlockwise": ((0, -1, 1, 0), 270),
    "30 degrees": ((0.866, 0.5, -0.5, 0.866), 0),
    "60 degrees": ((0.5, 0.866, -0.866, 0.5), 90),
    "mirrored": ((-1, 0, 0, 1), 0),
    "mirrored and turned": ((0, 1, 1, 0), 0),
}


def turned(clip: bytes, a: float, b: float, c: float, d: float) -> bytes:
    at = clip.index(b"tkhd") - 4
    end = at + int.from_bytes(clip[at : at + 4], "big")
    begin = end - 8 - 36  # the matrix is followed by the width and the height
    assert clip[begin : begin + 4] == ONE.to_bytes(4, "big")
    numbers = [round(number * ONE) for number in (a, b)], [round(number * ONE) for number in (c, d)]
    matrix = struct.pack(">9i", *numbers[0], 0, *numbers[1], 0, 0, 0, 1 << 30)
    return clip[:begin] + matrix + clip[begin + 36 :]


@pytest.mark.parametrize("turn", TURNS)
def test_a_turn_is_the_nearest_quarter_clockwise_and_none_where_mirrored(turn, numbered, made):
    matrix, degrees = TURNS[turn]
    with av.open(io.BytesIO(turned(made(numbered(3)), *matrix))) as container:
        stream = container.streams.video[0]
        assert [rotation_of(picture) for picture in container.decode(stream)] == [degrees] * 3
        assert first_rotation(container, stream) == degrees  # from the start again


def test_a_picture_without_a_matrix_is_upright(numbered, made):
    with av.open(io.BytesIO(made(numbered(1), "avi", "mpeg4"))) as container:
        assert first_rotation(container, container.streams.video[0]) == 0


def test_where_no_picture_decodes_there_is_no_turn(numbered, made):
    clip = turned(made(numbered(3)), 0, 1, -1, 0)
    at = clip.index(b"mdat")
    size = int.from_bytes(clip[at - 4 : at], "big")
    clip = clip[: at + 4] + b"\xff" * (size - 8) + clip[at + size - 4 :]
    with av.open(io.BytesIO(clip)) as container:
        assert first_rotation(container, container.streams.video[0]) == 0
