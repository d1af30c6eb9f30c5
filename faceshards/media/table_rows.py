"""Some rows of a packet table, read out of the middle of its member, and the checks that each row carries."""

from __future__ import annotations

import numpy as np
from fastcrc import crc32

from faceshards.errors import ClipError

#: Bytes of the npy header of a table: (rows, width) of int64 fits the format's first size, 64 n bytes with its magic.
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


def rows_of(size: int, width: int) -> int | None:
    """How many rows a table's member of `size` bytes holds; None where it is no table of `width` columns."""
    rows, rest = divmod(size - _HEADER, width * _NUMBER)
    return rows if size > _HEADER and not rest else None


def span(width: int, first: int, last: int) -> tuple[int, int]:
    """Where rows [first, last) stand in the member: bytes [start, stop)."""
    return _HEADER + first * width * _NUMBER, _HEADER + last * width * _NUMBER


def parsed(body: bytes | memoryview, width: int) -> np.ndarray:
    """The rows of a span: int64 (rows, width), checked. Raises ClipError `broken-media`."""
    part = np.frombuffer(body, "<i8").reshape(-1, width)
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
