"""Any tar, read by its headers: which members stand where. Ours and foreign, ustar, pax and GNU; sparse is
refused.

Only header blocks, extended headers and (by the caller) the bodies asked for are touched.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from faceshards.errors import DamagedShard, UnsafeData
from faceshards.shards.front import Front, parse_front, parse_pax
from faceshards.shards.tar import BLOCK, MARK

#: Most bytes of one extended header (a long name, pax records) that the scan takes in.
MAX_EXTENDED = 1 << 20
_FRONT_LIMIT = 16 << 20
_BATCH = 4096

_REGULAR = frozenset(b"0\0" + b"7")
_GLOBAL, _PAX, _LONG_NAME, _LONG_LINK, _SPARSE = b"gxLKS"
_EXTENDED = frozenset((_GLOBAL, _PAX, _LONG_NAME, _LONG_LINK))
# What webdataset's reader skips: `__anything__` as a whole name or folder.
_META = re.compile(r"__[^/]*__($|/)")


@dataclass(slots=True)
class Member:
    """A regular member: `offset` of its body, `start` of its first header block, `crc32c` from our mark or
    None.
    """

    name: str
    start: int
    offset: int
    size: int
    crc32c: int | None

    @property
    def end(self) -> int:
        """The first byte after the member and its padding."""
        return self.offset + self.size + -self.size % BLOCK


@dataclass(frozen=True)
class Sample:
    """Members of one key that stand together: column -> member, in file order."""

    key: str
    members: dict[str, Member]


class TarScan:
    """Walks a tar in memory (an mmap or bytes). `front` is known once iteration has begun; foreign tars keep
    None.

    Iteration raises DamagedShard at a header whose checksum fails or a member that runs past the end,
    UnsafeData for a sparse member.
    """

    def __init__(self, data: mmap.mmap | bytes | memoryview, name: str = "tar") -> None:
        self.data = data
        self.name = name
        self.front: Front | None = None
        self.end: int | None = None

    def __iter__(self) -> Iterator[Member]:
        position = start = 0
        globals_: dict[str, str] = {}
        extended: dict[str, str] = {}
        while True:
            if not extended and start == position and not _changes_members(globals_):
                plain = plain_members(self.data, position, self.name)
                if plain:
                    yield from plain
                    start = position = plain[-1].end
                    continue
            header = self._header(position)
            if not header:
                return
            body_size, kind, body = self._body_size(header, position), header[156], position + BLOCK
            if kind in _EXTENDED:
                content = self._extended(body, body_size, _FRONT_LIMIT if kind == _GLOBAL else MAX_EXTENDED)
                self._take_in(kind, content, position, globals_, extended)
                position = body + body_size + -body_size % BLOCK
                start = position if kind == _GLOBAL else start
                continue
            member = self._member(header, start, position, body_size, {**globals_, **extended})
            if kind in _REGULAR:
                yield member
            start = position = member.end
            extended = {}

    def _member(self, header: bytes, start: int, position: int, body_size: int, records: dict[str, str]) -> Member:
        """The member of a header and of the pax records that speak of it."""
        if header[156] == _SPARSE or any(key.startswith("GNU.sparse") for key in records):
            raise UnsafeData(f"{self.name}: sparse member at byte {position} is refused: unpack and pack it again")
        body_size, body = _size(records, body_size), position + BLOCK
        if body + body_size > len(self.data):
            raise _beyond(self.name, position, body_size, len(self.data) - body)
        return Member(records.get("path") or _name(header), start, body, body_size, _crc(header))

    def _header(self, position: int) -> bytes:
        """The header block at a position, its checksum held; empty at the end blocks."""
        header = bytes(self.data[position : position + BLOCK])
        if len(header) < BLOCK:
            raise DamagedShard(
                f"{self.name}: the tar ends at byte {len(self.data)} without its end blocks: restore it or pack again"
            )
        if not header[0] and not any(header):
            self.end = position
            return b""
        # Adler-32's low half is 1 + the sum of all bytes modulo 65521 (RFC 1950): the fastest sum at hand.
        blank = (zlib.adler32(header[:148] + b"        " + header[156:]) & 0xFFFF) - 1
        stored = _number(header[148:156])
        if stored % 65521 != blank % 65521 and stored != _signed_sum(header):
            raise DamagedShard(f"{self.name}: header at byte {position} fails its checksum: restore the shard")
        return header

    def _body_size(self, header: bytes, position: int) -> int:
        size = _number(header[124:136])
        if size < 0:
            raise DamagedShard(f"{self.name}: header at byte {position} claims {size} bytes")
        return 0 if header[156] in b"123456" else size

    def _take_in(
        self, kind: int, content: bytes, position: int, globals_: dict[str, str], extended: dict[str, str]
    ) -> None:
        """Adds an extended header's facts to those of the tar or of the next member."""
        if kind == _GLOBAL:
            globals_.update(parse_pax(content))
            if position == 0:
                self.front = parse_front(globals_)
        elif kind == _PAX:
            extended.update(parse_pax(content))
        elif kind == _LONG_NAME:
            extended["path"] = content.rstrip(b"\0").decode("utf-8", "surrogateescape")

    def _extended(self, offset: int, size: int, limit: int) -> bytes:
        if size > limit or offset + size > len(self.data):
            raise UnsafeData(f"{self.name}: extended header of {size} bytes at byte {offset}, the limit is {limit}")
        return bytes(self.data[offset : offset + size])


def plain_members(data: mmap.mmap | bytes | memoryview, position: int, name: str) -> list[Member]:
    """Consecutive members from `position` whose headers are plain ustar ones, at most `_BATCH`; checked all at
    once.

    Ends before the first header that needs a second look: an extended one, a prefix, another type, the end, a
    checksum that fails.
    """
    places, sizes = _plain_places(data, position)
    if not places:
        return []
    blocks = np.frombuffer(b"".join([data[place : place + BLOCK] for place in places]), np.uint8).reshape(-1, BLOCK)
    good = _plain_blocks(blocks)
    count = len(places) if good.all() else int(good.argmin())
    if count and places[count - 1] + BLOCK + sizes[count - 1] > len(data):
        place, size = places[count - 1], sizes[count - 1]
        raise _beyond(name, place, size, len(data) - place - BLOCK)
    names = np.ascontiguousarray(blocks[:count, :100]).view("S100")[:, 0].tolist()
    marked = (blocks[:count, 500:504] == np.frombuffer(MARK, np.uint8)).all(axis=1).tolist()
    crcs = np.ascontiguousarray(blocks[:count, 504:508]).view(">u4")[:, 0].tolist()
    return [
        Member(_text(raw), place, place + BLOCK, size, crc if mark else None)
        for raw, place, size, crc, mark in zip(names, places, sizes, crcs, marked, strict=False)
    ]


def _plain_places(data: mmap.mmap | bytes | memoryview, position: int) -> tuple[list[int], list[int]]:
    """Where the next headers of type 0 with an octal size begin, and those sizes."""
    places: list[int] = []
    sizes: list[int] = []
    last = len(data) - BLOCK
    while position <= last and data[position + 156] in _REGULAR and len(places) < _BATCH:
        try:
            size = int(bytes(data[position + 124 : position + 135]), 8)
        except ValueError:
            break
        places.append(position)
        sizes.append(size)
        position += BLOCK + size + -size % BLOCK
    return places, sizes


def _plain_blocks(blocks: np.ndarray) -> np.ndarray:
    """Which of the headers (n, 512) need no second look: checksum holds, no prefix, a size field of 11 digits
    and an end.
    """
    digits = blocks[:, 148:154].astype(np.int64) - 0x30
    stored = digits @ (8 ** np.arange(5, -1, -1))
    blank = blocks.sum(axis=1, dtype=np.int64) - blocks[:, 148:156].sum(axis=1, dtype=np.int64) + 8 * 0x20
    octal = ((digits >= 0) & (digits < 8)).all(axis=1) & (blocks[:, 154] == 0)
    return (stored == blank) & octal & (blocks[:, 345] == 0) & ((blocks[:, 135] == 0) | (blocks[:, 135] == 0x20))


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def _changes_members(globals_: dict[str, str]) -> bool:
    """Whether global pax records speak of the members themselves."""
    return any(key in ("path", "size") or key.startswith("GNU.sparse") for key in globals_)


def _beyond(name: str, position: int, size: int, left: int) -> DamagedShard:
    return DamagedShard(f"{name}: member at byte {position} claims {size} bytes, {left} are left: restore the shard")


def samples(scan: TarScan) -> Iterator[Sample]:
    """Groups a scan as webdataset does: consecutive members of one key (the path up to the first dot of its
    base name).

    A member without a dot, or with a `__meta__` name, belongs to no sample.
    """
    key: str | None = None
    members: dict[str, Member] = {}
    for member in scan:
        name = member.name.removeprefix("./")
        folder, _, base = name.rpartition("/")
        stem, dot, column = base.partition(".")
        if not dot or not column or not stem or ("__" in name and _META.match(name)):
            continue
        this = f"{folder}/{stem}" if folder else stem
        if this != key or column in members:
            if key is not None:
                yield Sample(key, members)
            key, members = this, {}
        members[column] = member
    if key is not None:
        yield Sample(key, members)


def _number(field: bytes) -> int:
    """A numeric field: octal text, or GNU's base-256 when the first bit is set. -1 when it is neither."""
    if field and field[0] & 0x80:
        return int.from_bytes(field, "big", signed=True) if field[0] == 0xFF else int.from_bytes(field[1:], "big")
    text = field.split(b"\0", 1)[0].strip()
    if not text:
        return 0
    try:
        return int(text, 8)
    except ValueError:
        return -1


def _signed_sum(header: bytes) -> int:
    """The checksum as some old tars computed it, over signed bytes."""
    filled = header[:148] + b" " * 8 + header[156:]
    return sum(byte - 256 if byte > 127 else byte for byte in filled) if max(filled) > 127 else -2


def _size(records: dict[str, Any], fallback: int) -> int:
    text = records.get("size")
    if text is None:
        return fallback
    if not text.isdigit() or len(text) > 19:
        raise DamagedShard(f"pax size {text!r} is not a number")
    return int(text)


def _name(header: bytes) -> str:
    name = header[:100].split(b"\0", 1)[0]
    if header[257:262] == b"ustar" and header[345] and header[257:265] != b"ustar  \0":
        name = header[345:500].split(b"\0", 1)[0] + b"/" + name
    return name.decode("utf-8", "surrogateescape")


def _crc(header: bytes) -> int | None:
    return int.from_bytes(header[504:508], "big") if header[500:504] == MARK else None
