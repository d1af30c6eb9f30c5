"""The faster reader against Pillow: of every PNG, whole, odd or hostile, the same pixels or the same refusal."""

import random
import struct
import zlib

import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media import picture
from faceshards.media.stills.plain_png import plain_size, read_plain_png

PIXELS = np.random.default_rng(3).integers(1, 255, (12, 19, 3), np.uint8).repeat(3, 0).repeat(2, 1)
HEIGHT, WIDTH = PIXELS.shape[:2]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def filtered(kind: int) -> bytes:
    """The rows as the filters of PNG leave them (third edition, 9.2), written out byte by byte."""
    out, above = b"", bytes(3 * WIDTH)
    for row in PIXELS.reshape(HEIGHT, -1):
        line = bytes(row)
        left, corner = bytes(3) + line[:-3], bytes(3) + above[:-3]
        guess = {
            0: bytes(3 * WIDTH), 1: left, 2: above,
            3: bytes((a + b) // 2 for a, b in zip(left, above, strict=True)),
            4: bytes(paeth(*each) for each in zip(left, above, corner, strict=True)),
        }.get(kind, bytes(3 * WIDTH))  # fmt: skip
        out += bytes([kind]) + bytes((x - g) % 256 for x, g in zip(line, guess, strict=True))
        above = line
    return out


def paeth(a: int, b: int, c: int) -> int:
    return min((a, b, c), key=lambda x: abs(a + b - c - x))


def png(rows: bytes, more: bytes = b"", head: tuple[int, ...] = (8, 2, 0, 0, 0), packed: bytes | None = None) -> bytes:
    data = zlib.compress(rows) if packed is None else packed
    header = chunk(b"IHDR", struct.pack(">2I5B", WIDTH, HEIGHT, *head))
    cut = len(data) // 2
    parts = chunk(b"IDAT", data[:cut]) + chunk(b"IDAT", data[cut:])
    return b"\x89PNG\r\n\x1a\n" + header + more + parts + chunk(b"IEND", b"")


def read(body: bytes) -> bytes | str:
    try:
        return picture.read_picture(body).tobytes()
    except ClipError as error:
        return error.code


@pytest.fixture
def slow(monkeypatch):
    """What Pillow alone makes of it."""

    def read_slowly(body: bytes) -> bytes | str:
        with monkeypatch.context() as patch:
            patch.setattr(picture, "plain_size", lambda body: None)
            return read(body)

    return read_slowly


@pytest.mark.parametrize("kind", range(5))
def test_every_filter_is_undone(kind):
    found = read_plain_png(png(filtered(kind)))
    assert np.array_equal(found, PIXELS) and found.flags.writeable


def test_one_picture_knows_nothing_of_the_last_one():
    bodies = [picture.encode_png(np.roll(PIXELS, shift, 1)) for shift in range(4)]
    assert [read(body) for body in bodies] == [np.roll(PIXELS, shift, 1).tobytes() for shift in range(4)]


def test_only_plain_pictures_are_taken():
    rows = filtered(0)
    assert plain_size(png(rows)) == (WIDTH, HEIGHT) == plain_size(memoryview(png(rows)))
    assert plain_size(png(rows, chunk(b"pHYs", bytes(9)))) is not None
    others = [(16, 2, 0, 0, 0), (8, 6, 0, 0, 0), (8, 0, 0, 0, 0), (8, 3, 0, 0, 0), (8, 2, 0, 0, 1), (8, 2, 0, 64, 0)]
    assert not any(plain_size(png(rows, head=head)) for head in others)
    for name in (b"tRNS", b"eXIf", b"iCCP", b"zTXt", b"tEXt", b"iTXt", b"acTL"):
        assert plain_size(png(rows, chunk(name, bytes(6)))) is None, name
    assert plain_size(b"") is None and plain_size(png(rows)[:20]) is None and plain_size(png(rows)[:-12]) is None


def test_what_lacks_rows_or_has_a_wrong_sum_is_left_to_pillow(slow):
    whole, data = png(filtered(4)), zlib.compress(filtered(4))
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for body in (
        png(filtered(4)[:-1]),
        png(filtered(4)[: -3 * WIDTH - 1]),
        png(b"", packed=data[:-30]),
        bytes(flipped),
    ):
        assert plain_size(body) and read_plain_png(body) is None
        assert read(body) == slow(body)
    assert read(png(b"", packed=data[:-30])) == "broken-image"


def test_a_filter_that_png_does_not_know_is_refused_as_ever(slow):
    rows = bytearray(filtered(0))
    rows[5 * (3 * WIDTH + 1)] = 9
    assert read(png(bytes(rows))) == slow(png(bytes(rows))) == "broken-image"


def test_a_black_row_is_a_row_like_another():
    barred = PIXELS.copy()
    barred[:4] = 0
    assert np.array_equal(picture.read_picture(picture.encode_png(barred)), barred)


def test_damage_anywhere_reads_as_pillow_reads_it(slow):
    rng = random.Random(5)
    wholes = [png(filtered(kind)) for kind in range(5)] + [picture.encode_png(PIXELS)]
    for _ in range(400):
        body = bytearray(rng.choice(wholes))
        for _ in range(rng.choice([1, 1, 4])):
            body[rng.randrange(len(body))] = rng.randrange(256)
        damaged = bytes(body[: rng.choice([len(body), len(body), rng.randrange(len(body))])])
        if plain_size(damaged) and read_plain_png(damaged) is not None:
            assert read(damaged) == slow(damaged)


def test_the_rows_of_a_picture_may_be_odd_in_number_and_length(slow):
    for shape in ((1, 1, 3), (1, 7, 3), (5, 1, 3), (33, 65, 3)):
        body = picture.encode_png(np.random.default_rng(1).integers(1, 256, shape, np.uint8))
        assert read_plain_png(body) is not None and read(body) == slow(body)


def test_a_picture_over_the_limits_is_never_unpacked():
    body = png(filtered(0))
    with pytest.raises(ClipError, match="exceeds the limit"):
        picture.read_picture(body, max_pixels=HEIGHT * WIDTH - 1)
