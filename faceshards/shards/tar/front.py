"""The front record: one pax global header of fixed size, first in the file, that says which shard this is.

It is written as a placeholder and patched when the rest stands: format version, generation, total length, counts, and
the provenance of every column. A foreign tar has none.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from fastcrc import crc32

from faceshards.errors import DamagedShard, ShardError
from faceshards.shards.schema.codecs import encode_json
from faceshards.shards.tar.header import BLOCK, block, pax_record

FORMAT = 1
_LENGTH = struct.Struct(">I").pack
_SIZE_CRC = struct.Struct(">QI").pack
_PREFIX = b"FACESHARDS."
_PAD = b"FACESHARDS.pad"
_NO_CHECK = b"0" * 8
_CHECK = b" FACESHARDS.check="
_LEAST_BODY = 8192
_BODY_STEP = 4096
#: Most bytes of a front record that a reader takes in.
MAX_BODY = 16 * 1024 * 1024


@dataclass(frozen=True)
class Front:
    """What the front record says. `generation` is 32 hex digits, `length` the whole file's bytes."""

    generation: str = "0" * 32
    length: int = 0
    members: int = 0
    samples: int = 0
    provenance: dict[str, dict[str, Any]] = field(default_factory=dict)

    def body_size(self) -> int:
        """The size to reserve: room for what it says, in steps, so that patching never moves a member."""
        need = len(self._records())
        size = max(_LEAST_BODY, -(-need // _BODY_STEP) * _BODY_STEP)
        while _pad(size - need) is None:
            size += _BODY_STEP
        return size

    def pack(self, body_size: int) -> bytes:
        """Header block and body of exactly `BLOCK + body_size` bytes."""
        records = self._records()
        pad = _pad(body_size - len(records))
        if pad is None:
            raise ShardError(f"front record of {len(records)} bytes does not fit the {body_size} reserved for it")
        return _sealed(block(b"faceshards", body_size, b"g") + records + pad)

    def _records(self) -> bytes:
        fields = {
            b"check": _NO_CHECK,
            b"format": b"%d" % FORMAT,
            b"generation": self.generation.encode("ascii"),
            b"length": b"%020d" % self.length,
            b"members": b"%012d" % self.members,
            b"samples": b"%012d" % self.samples,
            b"provenance": encode_json(self.provenance),
        }
        return b"".join(pax_record(_PREFIX + key, value) for key, value in fields.items())


def _pad(room: int) -> bytes | None:
    """The record that fills `room` bytes; None where none does: one of 99 bytes is followed by one of 101."""
    spaces = room - len(str(room)) - len(_PAD) - len(b" =\n")
    record = pax_record(_PAD, b" " * spaces)
    return record if len(record) == room else None


def _sealed(record: bytes) -> bytes:
    """The record with its own crc32c (eight hex digits, computed over zeros) in the `check` field."""
    at = record.index(_CHECK, BLOCK) + len(_CHECK)
    blank = record[:at] + _NO_CHECK + record[at + 8 :]
    return record[:at] + b"%08x" % crc32.iscsi(blank) + record[at + 8 :]


def parse_front(records: dict[str, str]) -> Front | None:
    """The front of a tar whose first entry is a global header with these pax records; None for a foreign one.

    Raises DamagedShard when the record is ours but does not parse, ShardError for another format.
    """
    fields = {key.removeprefix("FACESHARDS."): value for key, value in records.items() if key.startswith("FACESHARDS.")}
    if "format" not in fields:
        return None
    try:
        if int(fields["format"]) != FORMAT:
            raise ShardError(f"shard format {fields['format'][:20]} is not {FORMAT}: update faceshards")
        provenance = json.loads(fields["provenance"])
        if not isinstance(provenance, dict):
            raise ValueError("its provenance is no object")
        return Front(
            fields["generation"],
            int(fields["length"]),
            int(fields["members"]),
            int(fields["samples"]),
            provenance,
        )
    except (KeyError, ValueError, RecursionError) as error:
        raise DamagedShard(f"front record does not parse ({error}): restore the shard from its source") from error


def read_front(start: bytes) -> tuple[Front | None, int]:
    """The front record at the start of a tar, and the bytes that it takes; `(None, 0)` for a foreign tar.

    `start` holds at least the record (a caller reads `front_size` bytes first).
    """
    size = front_size(start)
    if not size:
        return None, 0
    if len(start) < size:
        raise DamagedShard(f"the file ends within its front record ({len(start)} of {size} bytes)")
    front = parse_front(parse_pax(start[BLOCK:size]))
    if front is not None and (_CHECK not in start[:size] or _sealed(start[:size]) != start[:size]):
        raise DamagedShard("the front record differs from its check: restore the shard")
    return front, size if front else 0


def front_size(start: bytes) -> int:
    """Bytes that a leading global header takes, 0 where there is none. Needs the first 512 bytes."""
    if len(start) < BLOCK or start[156:157] != b"g" or not start.startswith(b"faceshards\0"):
        return 0
    try:
        size = int(start[124:135], 8)
    except ValueError as error:
        raise DamagedShard("front record has no readable size") from error
    if size > MAX_BODY:
        raise DamagedShard(f"front record claims {size} bytes, the limit is {MAX_BODY}")
    return BLOCK + size + -size % BLOCK


def parse_pax(body: bytes) -> dict[str, str]:
    """The records of a pax header body. Raises DamagedShard for a record whose length does not fit."""
    records: dict[str, str] = {}
    position = 0
    while position < len(body) and body[position]:
        space = body.find(b" ", position, position + 20)
        digits = body[position:space]
        length = int(digits) if space > 0 and digits.isdigit() else 0
        record = body[space + 1 : position + length]
        if length <= 0 or position + length > len(body) or not record.endswith(b"\n") or b"=" not in record:
            raise DamagedShard(f"pax record at byte {position} of its header is malformed")
        keyword, _, value = record[:-1].partition(b"=")
        records[keyword.decode("utf-8", "surrogateescape")] = value.decode("utf-8", "surrogateescape")
        position += length
    return records


class Generation:
    """The hash of a shard's members, which are added one by one in their order; see `generation`."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)
        self.members = 0

    def add(self, name: bytes, size: int, crc: int) -> None:
        """The next member: its name, the size of its body in bytes, and its crc32c."""
        self._hash.update(_LENGTH(len(name)) + name + _SIZE_CRC(size, crc))
        self.members += 1

    def hexdigest(self) -> str:
        """32 hex digits, of the members so far."""
        return self._hash.hexdigest()


def generation(table: Iterable[tuple[bytes, int, int]]) -> str:
    """blake2b-128 over the ordered (name, size, crc32c) of a shard's members, 32 hex digits.

    Each row is hashed as: length of the name (4 bytes), name, size (8 bytes), crc32c (4 bytes), big-endian.
    """
    made = Generation()
    for row in table:
        made.add(*row)
    return made.hexdigest()
