"""Some rows of a packet table, read out of the middle of its member, and the checks that each row carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from fastcrc import crc32

from faceshards.errors import ClipError

#: Bytes of the npy header of a table: its dtype and shape fit the format's first size, 64 n bytes with its magic.
_HEADER = 128
_NUMBER = 8
_LOW = (1 << 32) - 1


def row_check(numbers: np.ndarray, packet: bytes | memoryview) -> int:
    """The last number of a table's row: crc32c of the packet's bytes in the lower 32 bits, above them 31 bits of the
    crc32c of the row's other numbers (int64, little-endian).
    """
    own = crc32.iscsi(numbers.astype("<i8").tobytes()) & (_LOW >> 1)
    return own << 32 | crc32.iscsi(packet)


def check_rows(table: np.ndarray) -> None:
    """Holds each row of a table int64 (P, W) against its check. Raises ClipError `broken-media`."""
    body = np.ascontiguousarray(table, "<i8")
    width, view = body.shape[1] * _NUMBER, body.tobytes()
    for row, check in enumerate(body[:, -1].tolist()):
        if crc32.iscsi(view[row * width : (row + 1) * width - _NUMBER]) & (_LOW >> 1) != check >> 32:
            raise ClipError("broken-media", f"a row of the packet table differs from its check: {body[row].tolist()}")


def check_packet(packet: bytes | memoryview, check: int) -> None:
    """Holds a packet's bytes against the check of its row. Raises ClipError `broken-media`."""
    if crc32.iscsi(packet) != check & _LOW:
        raise ClipError("broken-media", f"a packet of {len(packet)} bytes differs from its checksum")


def narrow(table: np.ndarray) -> np.ndarray:
    """A table int64 (P, W) as its member holds it: int32 (P, W + 1), the check in its last two numbers (its lower half
    first), where all other numbers fit; else as it is. A window of a clip reads a hundred rows of it.
    """
    numbers, limits = table[:, :-1], np.iinfo(np.int32)
    if not len(table) or numbers.min() < limits.min or numbers.max() > limits.max:
        return table
    check = np.ascontiguousarray(table[:, -1:], "<i8").view("<i4")
    return np.concatenate([numbers.astype("<i4"), check], axis=1)


def wide(table: np.ndarray) -> np.ndarray:
    """The table int64 (P, W) of what a member holds (see `narrow`)."""
    if table.dtype != np.int32:
        return table
    check = np.ascontiguousarray(table[:, -2:], "<i4").view("<i8")
    return np.concatenate([table[:, :-2].astype(np.int64), check], axis=1)


@dataclass(frozen=True)
class RowFormat:
    """How a table of `rows` rows stands in its member: `dtype` of its numbers, `width` of them a row."""

    rows: int
    dtype: np.dtype
    width: int

    @classmethod
    def of(cls, size: int, width: int, media: Mapping[str, Any] | None) -> RowFormat | None:
        """The format of a member of `size` bytes that holds a table of W = `width` columns; `media` is what the json
        says of the stream, its `rows` among it (not in shards that were made before they stood there: those are all
        wide). None where it is no such table.
        """
        if media is None:
            return None
        rows = media.get("rows")
        room = size - _HEADER
        for dtype, columns in ((np.dtype("<i8"), width), (np.dtype("<i4"), width + 1)):
            found, rest = divmod(room, dtype.itemsize * columns)
            if found > 0 and not rest and found == (rows or found):
                return cls(found, dtype, columns)
            if rows is None:
                break
        return None

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where rows [first, last) stand in the member: bytes [start, stop)."""
        row = self.dtype.itemsize * self.width
        return _HEADER + first * row, _HEADER + last * row

    def parsed(self, body: bytes | memoryview) -> np.ndarray:
        """The rows of a span: int64 (rows, W), checked. Raises ClipError `broken-media`."""
        part = wide(np.frombuffer(body, self.dtype).reshape(-1, self.width))
        check_rows(part)
        return part


def placed(part: np.ndarray, first: int, rows: int, time: int) -> np.ndarray:
    """A table int64 (rows, W) of which only the rows `part` from `first` on are known.

    The others are zeros, but for the column `time`: those before are earlier than any that is known, those behind are
    later.
    """
    table = np.zeros((rows, part.shape[1]), np.int64)
    table[first : first + len(part)] = part
    numbers = np.arange(rows)
    table[:first, time] = part[:, time].min() - 1 - numbers[:first][::-1]
    table[first + len(part) :, time] = part[:, time].max() + 1 + numbers[: rows - first - len(part)]
    return table
