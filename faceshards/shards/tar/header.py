"""Tar headers, written: POSIX ustar, pax where a name or a size does not fit, and the crc32c in unused bytes.

Layout of a header block: IEEE Std 1003.1 (pax, "ustar Interchange Format"). Bytes 500-511 are unused there; ours hold
`FS1\\0`,
the crc32c (Castagnoli, big-endian) of the member's body, and four zero bytes. Every other field is constant, so that
the same
members have the same bytes: mode 0444, owner 0, mtime 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

BLOCK = 512
#: What precedes the crc32c in bytes 500-503 of a header.
MARK = b"FS1\0"
#: Two zero blocks end a tar.
END = bytes(2 * BLOCK)

_USTAR_SIZE = 8**11  # eleven octal digits
_USTAR_NAME = 100
_MODE_AND_OWNER = b"0000444\0" + b"0000000\0" * 2
_TIME = b"00000000000\0"
_AFTER_TYPE = bytes(100) + b"ustar\x0000" + bytes(64) + b"0000000\0" * 2 + bytes(155)
# The checksum counts its own field as eight spaces.
_CONSTANT_SUM = sum(_MODE_AND_OWNER + _TIME + _AFTER_TYPE) + 8 * 0x20


def padding(size: int) -> int:
    """Zero bytes between a body of `size` bytes and the next block."""
    return -size % BLOCK


def block(name: bytes, size: int, kind: bytes = b"0", tail: bytes = bytes(12)) -> bytes:
    """One 512-byte header; `tail` is bytes 500-511. `name` has at most 100 bytes, `size` is below 8 GiB."""
    digits = b"%011o\0" % size
    checksum = _CONSTANT_SUM + sum(name) + sum(digits) + kind[0] + sum(tail)
    return b"".join(
        (
            name.ljust(100, b"\0"),
            _MODE_AND_OWNER,
            digits,
            _TIME,
            b"%06o\0 " % checksum,
            kind,
            _AFTER_TYPE,
            tail,
        )
    )


def member_header(name: bytes, size: int, crc: int) -> bytes:
    """All header blocks of a regular member: one, or three where the name or size needs a pax record."""
    tail = MARK + crc.to_bytes(4, "big") + b"\0\0\0\0"
    if is_plain(name, size):
        return block(name, size, b"0", tail)
    records = [(b"path", name)] if len(name) > _USTAR_NAME else []
    if size >= _USTAR_SIZE:
        records.append((b"size", b"%d" % size))
    body = b"".join(pax_record(*record) for record in records)
    extended = block(b"PaxHeaders/" + name[:80], len(body), b"x") + body + bytes(padding(len(body)))
    return extended + block(name[:_USTAR_NAME], size if size < _USTAR_SIZE else 0, b"0", tail)


def is_plain(name: bytes, size: int) -> bool:
    """Whether one ustar block is the whole header."""
    return len(name) <= _USTAR_NAME and size < _USTAR_SIZE


def plain_headers(names: Sequence[bytes], sizes: Sequence[int], crcs: Sequence[int]) -> list[bytes]:
    """`member_header` of many plain members at once, a column of the blocks at a time."""
    blocks = np.tile(_TEMPLATE, (len(names), 1))
    blocks[:, :_USTAR_NAME] = _bytes_of(np.array(names, f"S{_USTAR_NAME}"))
    blocks[:, 124:135] = _octal(np.array(sizes, np.int64), 11)
    blocks[:, 504:508] = _bytes_of(np.array(crcs, ">u4"))
    blocks[:, 148:154] = _octal(blocks.sum(axis=1, dtype=np.int64), 6)
    blocks[:, 154] = 0
    packed = blocks.tobytes()
    return [packed[at : at + BLOCK] for at in range(0, len(packed), BLOCK)]


def _bytes_of(values: np.ndarray) -> np.ndarray:
    """uint8 (values, bytes a value)."""
    return values.view(np.uint8).reshape(len(values), values.itemsize)


def _octal(values: np.ndarray, digits: int) -> np.ndarray:
    """ASCII octal digits, (values, digits)."""
    shifts = np.arange(3 * (digits - 1), -1, -3)
    return (values[:, None] >> shifts & 7) + ord("0")


def member_header_size(name: bytes, size: int) -> int:
    """Length of `member_header`, for planning."""
    return len(member_header(name, size, 0))


def pax_record(keyword: bytes, value: bytes) -> bytes:
    """`LENGTH keyword=value\\n`, where LENGTH counts itself."""
    rest = len(keyword) + len(value) + 3
    length = rest + len(str(rest))
    if rest + len(str(length)) > length:
        length += 1
    return b"%d %s=%s\n" % (length, keyword, value)


# A plain header with its checksum field still counted as spaces.
_TEMPLATE = np.frombuffer(block(b"", 0, b"0", MARK + bytes(8)), np.uint8).copy()
_TEMPLATE[148:156] = 0x20
