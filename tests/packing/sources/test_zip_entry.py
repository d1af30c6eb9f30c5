"""The same bytes whole and by ranges, and the same faults."""

import zlib

import pytest

from faceshards.errors import ClipError
from faceshards.media.container import RangedFile
from faceshards.packing.sources.archive import Entry
from faceshards.packing.sources.zip_entry import ranged, whole

BODY = bytes(range(256)) * 9000  # more than two pieces


def held(body: bytes) -> RangedFile:
    return RangedFile(lambda start, stop: body[start:stop], len(body))


def deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize("deflated", [False, True])
def test_an_entry_is_the_same_whole_and_by_ranges(deflated):
    packed, entry = deflate(BODY) if deflated else BODY, Entry("a.mp4", len(BODY))
    assert whole(entry, held(packed), deflated, zlib.crc32(BODY)) == BODY
    file = ranged(entry, held(packed), deflated, zlib.crc32(BODY))
    assert file.size == len(BODY) and file.read_range(1_000_000, 1_100_000) == BODY[1_000_000:1_100_000]
    with file.stream() as stream:
        assert stream.read() == BODY
    file.close()


@pytest.mark.parametrize(
    ("packed", "deflated", "size", "crc", "code"),
    [
        (BODY, False, len(BODY), 1, "wrong-crc"),
        (deflate(BODY), True, len(BODY), 1, "wrong-crc"),
        (deflate(BODY), True, len(BODY) - 1, zlib.crc32(BODY), "bomb"),
        (deflate(bytes(50 << 20)), True, 1000, 0, "bomb"),
        (deflate(BODY)[:-9], True, len(BODY), zlib.crc32(BODY), "unreadable-entry"),
        (b"\xff" * 5000, True, 5000, 0, "unreadable-entry"),
        (BODY[:-1], False, len(BODY), zlib.crc32(BODY), "unreadable-entry"),
    ],
)
def test_what_is_not_as_declared_is_refused_either_way(packed, deflated, size, crc, code):
    for read in (whole, ranged):
        with pytest.raises(ClipError) as caught:
            read(Entry("a.mp4", size), held(packed), deflated, crc)
        assert caught.value.code == code, read
