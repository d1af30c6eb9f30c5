"""Hostile zips, as a source that is packed (tests/packing/sources has the rules one by one)."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO


def _zip(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in entries:
            archive.writestr(name, body)
    return out.getvalue()


def _overlapping(count: int) -> bytes:
    """Entries that all quote one deflated kernel: the bomb of D. Fifield (WOOT 2019) in its simplest form."""
    kernel = zlib.compressobj(9, wbits=-15)
    plain = bytes(50 << 20)
    packed = kernel.compress(plain) + kernel.flush()
    crc = zlib.crc32(plain)
    sizes = struct.pack("<LLL", crc, len(packed), len(plain))
    local = b"PK\3\4" + struct.pack("<5H", 20, 0, 8, 0, 0) + sizes + struct.pack("<2H", 1, 0) + b"a"
    central = b"".join(
        b"PK\1\2" + struct.pack("<6H", 20, 20, 0, 8, 0, 0) + sizes
        + struct.pack("<5H2L", len(name), 0, 0, 0, 0, 0, 0) + name
        for name in (b"%d/1.png" % i for i in range(count))
    )  # fmt: skip
    start = len(local) + len(packed)
    return local + packed + central + _end(count, len(central), start)


def _end(count: int, size: int, offset: int) -> bytes:
    return b"PK\5\6" + struct.pack("<4H2LH", 0, 0, count & 0xFFFF, count & 0xFFFF, size, offset, 0)


def _zip64_end(count: int, size: int, offset: int, at: int) -> bytes:
    record = b"PK\6\6" + struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, count, count, size, offset)
    return record + b"PK\6\7" + struct.pack("<LQL", 0, at, 1) + _end(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)


def _holes(packed: int, directory: int) -> Callable[[BinaryIO], object]:
    """A file of a terabyte that takes no room on the disk: an entry, or the directory, claims most of it."""

    def write(file: BinaryIO) -> None:
        file.seek(1 << 40)
        local = b"PK\3\4" + struct.pack("<5H3L2H", 45, 0, 8, 0, 0, 0, 0, 0, 1, 0) + b"a"
        wide = struct.pack("<2HQ", 1, 8, packed)
        central = b"PK\1\2" + struct.pack(
            "<6H3L5H2L", 45, 45, 0, 8, 0, 0, 0, 2**32 - 1, 10, 1, len(wide), 0, 0, 0, 0, 0
        )
        start = file.tell()
        file.write(central + b"a" + wide)
        at = file.tell()
        size = directory or at - start
        file.write(_zip64_end(1, size, at - size, at))
        file.seek(0)
        file.write(local)

    return write


GOOD = _zip(("a/1.png", b"x"))
ARCHIVES: dict[str, bytes | Callable[[BinaryIO], object]] = {
    "an entry packed into a terabyte": _holes(1 << 39, 0),
    "a directory of half a terabyte": _holes(100, 1 << 39),
    "names that leave": _zip(("../../marker.mp4", b"x"), ("/tmp/marker.mp4", b"x"), ("C:\\marker.mp4", b"x")),
    "a bomb": _zip(("a/1.png", bytes(200 << 20))),
    "2,000 entries of one kernel": _overlapping(2000),
    "a thousand million entries claimed": GOOD[:-22] + _end(10**9, 10**6, 0),
    "2 to the 60 entries claimed": _zip64_end(2**60, 2**60, 0, 0),
    "a directory of 2 to the 62": GOOD + _zip64_end(1, 2**62, 2**62, len(GOOD)),
    "a directory that is all records": b"PK\1\2" * 200_000 + _end(0xFFFF, 800_000, 0),
    "100,000 end records": b"PK\5\6" * 100_000,
    "a comment of end records": GOOD[:-2] + struct.pack("<H", 65_532) + b"PK\5\6" * 16_383,
    "deep names": _zip(("a/" * 20_000 + "1.png", b"x")),
    "one name 5,000 times": b"".join([_zip(*[(f"{i}/1.png", b"") for i in range(5000)])]),
    "only the magic": b"PK\5\6",
}
