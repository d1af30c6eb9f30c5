"""The bytes of a zip's entry, unpacked: whole in memory, or read by ranges."""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import IO

from faceshards.errors import ClipError
from faceshards.media.container import RangedFile
from faceshards.packing.sources.archive import Entry, shown

_PIECE = 1 << 20


def whole(entry: Entry, packed: RangedFile, deflated: bool, crc: int) -> bytes:
    """All bytes of an entry, as many as declared, with the declared CRC-32. Raises ClipError."""
    body = packed.read_range(0, packed.size)
    if deflated:
        body = _inflate(entry, body)
    _check(entry, len(body), zlib.crc32(body), crc)
    return body


def ranged(entry: Entry, packed: RangedFile, deflated: bool, crc: int) -> RangedFile:
    """The same by ranges, a piece in memory at a time: of a deflated entry out of a temporary file."""
    if not deflated:
        _check(entry, *_copied(entry, _pieces(packed), None), crc)
        return packed
    with ExitStack() as opening:
        file = opening.enter_context(tempfile.TemporaryFile())
        size, own = _copied(entry, _inflated(entry, packed), file)
        _check(entry, size, own, crc)
        file.flush()
        opening.pop_all()
    descriptor = file.fileno()
    return RangedFile(lambda start, stop: os.pread(descriptor, stop - start, start), size, file.close)


def _copied(entry: Entry, pieces: Iterable[bytes], file: IO[bytes] | None) -> tuple[int, int]:
    """Size and CRC-32 of what came out, until it is more than is declared; written to a file where there is one."""
    size = own = 0
    for piece in pieces:
        size, own = size + len(piece), zlib.crc32(piece, own)
        if size > entry.size:
            break
        if file:
            file.write(piece)
    return size, own


def _pieces(packed: RangedFile) -> Iterator[bytes]:
    for start in range(0, packed.size, _PIECE):
        yield packed.read_range(start, min(packed.size, start + _PIECE))


def _inflated(entry: Entry, packed: RangedFile) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in _pieces(packed):
            yield inflater.decompress(piece, _PIECE)
            while inflater.unconsumed_tail:
                yield inflater.decompress(inflater.unconsumed_tail, _PIECE)
        yield inflater.flush()
    except zlib.error as error:
        raise _unpackable(entry, error) from error


def _inflate(entry: Entry, packed: bytes) -> bytes:
    """The deflated bytes, unpacked; never more than one byte beyond the declared size is made."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        body = inflater.decompress(packed, entry.size + 1)
    except zlib.error as error:
        raise _unpackable(entry, error) from error
    if len(body) > entry.size:
        raise ClipError("bomb", f"entry {shown(entry.name)} declares {entry.size} bytes and unpacks to more")
    return body


def _unpackable(entry: Entry, error: zlib.error) -> ClipError:
    return ClipError("unreadable-entry", f"entry {shown(entry.name)} does not unpack: {error}")


def _check(entry: Entry, size: int, own: int, crc: int) -> None:
    """Holds what came out against what the directory declares."""
    if size > entry.size:
        raise ClipError("bomb", f"entry {shown(entry.name)} declares {entry.size} bytes and unpacks to more")
    if size != entry.size:
        raise ClipError("unreadable-entry", f"entry {shown(entry.name)} declares {entry.size} bytes and has {size}")
    if own != crc:
        raise ClipError("wrong-crc", f"entry {shown(entry.name)} has CRC-32 {own:08x}, its directory says {crc:08x}")
