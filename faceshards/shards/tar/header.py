"""Tar headers: written, and the one rule of which block is one.

Written as POSIX ustar, pax where a name or a size does not fit. Layout of a block: IEEE Std 1003.1 (pax, "ustar
Interchange Format"). Bytes 500-511 are unused there; ours hold

    500  FS1 and a zero byte
    504  the crc32c (Castagnoli, big-endian) of the member's body
    508  four zero bytes

Every other field is constant, so that the same members have the same bytes: mode 0444, owner 0, mtime 0.
"""

from __future__ import annotations

import zlib
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


# The largest sum that 512 bytes can have.
_MOST_SUM = BLOCK * 255


def number(field: bytes) -> int:
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


def holds(header: bytes) -> bool:
    """Whether a block is a tar header: its checksum field is the sum of its bytes, that field counted as spaces.

    Some old tars summed signed bytes: that holds, too.
    """
    stored = number(header[148:156])
    if not 0 <= stored <= _MOST_SUM:
        return False
    # Adler-32's low half is 1 + the sum of all bytes modulo 65521 (RFC 1950): the fastest sum at hand.
    unsigned = (zlib.adler32(header[:148] + b"        " + header[156:]) & 0xFFFF) - 1
    return stored % 65521 == unsigned % 65521 or stored == _signed_sum(header)


def hold(blocks: np.ndarray) -> np.ndarray:
    """`holds` of many blocks, uint8 (n, 512): bool (n,). Those whose field is written as nearly all write it, six octal
    digits and a zero byte, are looked at a column at a time.
    """
    digits = blocks[:, 148:154].astype(np.int64) - ord("0")
    unsigned = blocks.sum(axis=1, dtype=np.int64) - blocks[:, 148:156].sum(axis=1, dtype=np.int64) + 8 * ord(" ")
    usual = ((digits >= 0) & (digits < 8)).all(axis=1) & (blocks[:, 154] == 0)
    good = usual & (digits @ (8 ** np.arange(5, -1, -1)) == unsigned)
    for row in np.flatnonzero(~good).tolist():
        good[row] = holds(blocks[row].tobytes())
    return good


def _signed_sum(header: bytes) -> int:
    """The checksum over signed bytes; -2, which no field says, where it is that over unsigned ones."""
    filled = header[:148] + b" " * 8 + header[156:]
    return sum(byte - 256 if byte > 127 else byte for byte in filled) if max(filled) > 127 else -2


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
