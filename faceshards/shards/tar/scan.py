"""Any tar, read by its headers: which members stand where. Ours and foreign, ustar, pax and GNU; sparse is refused.

Only header blocks, extended headers and (by the caller) the bodies asked for are touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from faceshards.errors import DamagedShard, UnsafeData
from faceshards.shards.storage.remote.objects import Sliced
from faceshards.shards.tar.front import Front, parse_front, parse_pax
from faceshards.shards.tar.header import BLOCK, MARK, holds, number
from faceshards.shards.tar.members import REGULAR, Member, MemberTable, TarBytes, plain_members

#: Most bytes of one extended header (a long name, pax records) that the scan takes in.
MAX_EXTENDED = 1 << 20
_FRONT_LIMIT = 16 << 20
#: How the keywords of pax records begin that make a member sparse (GNU tar's manual, "PAX Format").
SPARSE = "GNU.sparse"
# Headers looked at together: as many as were plain so far, and few again behind one that was not.
_FEW, _MANY = 16, 4096

_GLOBAL, _PAX, _LONG_NAME, _LONG_LINK, _SPARSE = b"gxLKS"
_EXTENDED = frozenset((_GLOBAL, _PAX, _LONG_NAME, _LONG_LINK))


class TarScan:
    """Walks a tar in memory, or one that is read slice by slice. `front` is known once iteration has begun; foreign
    tars keep None.

    Iteration raises DamagedShard at a header whose checksum fails or a member that runs past the end,
    UnsafeData for a sparse member.
    """

    def __init__(self, data: TarBytes | Sliced, name: str = "tar", start: int = 0) -> None:
        self.data = data
        self.name = name
        self.start = start
        self.front: Front | None = None
        self.end: int | None = None

    def __iter__(self) -> Iterator[Member]:
        for members in self.tables():
            yield from members

    def tables(self) -> Iterator[MemberTable]:
        """The members, a table of some at a time."""
        globals_: dict[str, str] = {}
        extended: dict[str, str] = {}
        position, start, most = self.start, self.start, _FEW
        while True:
            # Local or remote decides here: only bytes that are in memory can be looked at as arrays.
            if start == position and not globals_ and not isinstance(self.data, Sliced):
                plain = plain_members(self.data, position, most)
                most = _FEW if plain is None or len(plain) < most // 2 else min(2 * most, _MANY)
                if plain is not None:
                    yield plain
                    start = position = int(plain.ends[-1])
                    continue
            header = self._header(position)
            if not header:
                return
            body_size, kind, body = self._body_size(header, position), header[156], position + BLOCK
            if kind in _EXTENDED:
                limit = _FRONT_LIMIT if kind == _GLOBAL and position == 0 else MAX_EXTENDED
                content = self._extended(body, body_size, limit)
                self._take_in(kind, content, position, globals_, extended)
                position = body + body_size + -body_size % BLOCK
                start = position if kind == _GLOBAL and not extended else start
                continue
            member = self._member(header, start, position, body_size, {**globals_, **extended})
            if kind in REGULAR:
                yield MemberTable.of(member)
            start = position = member.end
            extended = {}

    def _member(self, header: bytes, start: int, position: int, body_size: int, records: dict[str, str]) -> Member:
        """The member of a header and of the pax records that speak of it."""
        if header[156] == _SPARSE or SPARSE in records:
            raise UnsafeData(f"{self.name}: sparse member at byte {position} is refused: unpack and pack it again")
        body_size, body = _size(records, body_size), position + BLOCK
        if body + body_size > len(self.data):
            left = len(self.data) - body
            raise DamagedShard(
                f"{self.name}: member at byte {position} claims {body_size} bytes, {left} are left: restore the shard"
            )
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
        if not holds(header):
            raise DamagedShard(f"{self.name}: header at byte {position} fails its checksum: restore the shard")
        return header

    def _body_size(self, header: bytes, position: int) -> int:
        size = number(header[124:136])
        if size < 0:
            raise DamagedShard(f"{self.name}: header at byte {position} claims {size} bytes")
        return 0 if header[156] in b"123456" else size

    def _take_in(
        self, kind: int, content: bytes, position: int, globals_: dict[str, str], extended: dict[str, str]
    ) -> None:
        """Adds what an extended header says to what is known of the tar or of the next member."""
        if kind == _GLOBAL:
            records = parse_pax(content)
            if position == 0:
                self.front = parse_front(records)
            globals_.update(of_members(records))
        elif kind == _PAX:
            extended.update(of_members(parse_pax(content)))
        elif kind == _LONG_NAME:
            extended["path"] = content.rstrip(b"\0").decode("utf-8", "surrogateescape")

    def _extended(self, offset: int, size: int, limit: int) -> bytes:
        if size > limit or offset + size > len(self.data):
            raise UnsafeData(f"{self.name}: extended header of {size} bytes at byte {offset}, the limit is {limit}")
        return bytes(self.data[offset : offset + size])


def of_members(records: Mapping[str, str]) -> dict[str, str]:
    """What pax records say of members that is read here: `path`, `size`, and that one is `SPARSE`.

    Only that is kept: every member would look through the rest of a global header again, and there is no end to how
    many extended headers may stand before one member.
    """
    kept = {key: records[key] for key in ("path", "size") if key in records}
    return kept | ({SPARSE: ""} if any(key.startswith(SPARSE) for key in records) else {})


def _size(records: dict[str, Any], fallback: int) -> int:
    text = records.get("size")
    if text is None:
        return fallback
    if not (text.isascii() and text.isdigit()) or len(text) > 19:
        raise DamagedShard(f"pax size {text!r} is not a number")
    return int(text)


def _name(header: bytes) -> str:
    name = header[:100].split(b"\0", 1)[0]
    if header[257:262] == b"ustar" and header[345] and header[257:265] != b"ustar  \0":
        name = header[345:500].split(b"\0", 1)[0] + b"/" + name
    return name.decode("utf-8", "surrogateescape")


def _crc(header: bytes) -> int | None:
    return int.from_bytes(header[504:508], "big") if header[500:504] == MARK else None
