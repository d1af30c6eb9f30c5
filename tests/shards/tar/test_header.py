import io
import random
import tarfile

import numpy as np
import pytest

from faceshards.shards.tar.header import BLOCK, block, hold, holds, member_header, number, plain_headers


def foreign(form: int, **fields) -> bytes:
    """A header as Python's tarfile writes it."""
    info = tarfile.TarInfo("clip.mp4")
    for name, value in fields.items():
        setattr(info, name, value)
    return info.tobuf(form)[-BLOCK:]


def with_sum(header: bytes, field: bytes) -> bytes:
    return header[:148] + field + header[156:]


HEADERS = {
    "ours": member_header(b"k.mp4", 12345, 0xDEADBEEF),
    "ustar": foreign(tarfile.USTAR_FORMAT, size=77, uname="anna"),
    "gnu": foreign(tarfile.GNU_FORMAT, size=9 << 30),
    "no zero byte": with_sum(block(b"a", 0), b"%06o  " % int(block(b"a", 0)[148:154], 8)),
    "spaces before": with_sum(block(b"a", 0), b"%7o\0" % int(block(b"a", 0)[148:154], 8)),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_hold_one_by_one_and_many_at_a_time(name):
    header = HEADERS[name]
    tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")  # Python's own reader agrees
    assert holds(header) and hold(np.frombuffer(header, np.uint8).reshape(1, BLOCK)).tolist() == [True]


def test_the_sum_of_old_tars_over_signed_bytes_holds():
    header = bytearray(block("顔.jpg".encode(), 0))
    filled = header[:148] + b" " * 8 + header[156:]
    header[148:156] = b"%06o\0 " % sum(byte - 256 if byte > 127 else byte for byte in filled)
    assert holds(bytes(header)) and hold(np.frombuffer(header, np.uint8).reshape(1, BLOCK)).all()


def test_every_flipped_bit_of_a_header_is_seen():
    for header in HEADERS.values():
        for at in range(BLOCK):
            bad = bytearray(header)
            bad[at] ^= 1 if at != 155 else 0x40
            if 154 <= at < 156:  # what stands behind the digits means nothing
                continue
            assert not holds(bytes(bad)), at


def test_noise_is_no_header_and_both_ways_agree():
    noise = random.Random(0).randbytes(2000 * BLOCK)
    blocks = np.frombuffer(noise, np.uint8).reshape(-1, BLOCK)
    assert not hold(blocks).any()
    assert not any(holds(row.tobytes()) for row in blocks)
    assert hold(np.zeros((0, BLOCK), np.uint8)).tolist() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [(b"00000000017\0", 15), (b"   17 \0", 15), (b"", 0), (b"\0" * 12, 0), (b"89", -1), (b"x7", -1),
     (b"\x80" + bytes(10) + b"\7", 7), (b"\xff" * 12, -1)],
)  # fmt: skip
def test_numbers_are_octal_text_or_of_base_256(field, value):
    assert number(field) == value


def test_many_headers_at_once_are_those_one_by_one():
    names, sizes, crcs = [b"a.json", b"n" * 100, b"c.mp4"], [0, 511, 8**11 - 1], [0, 1, 0xFFFFFFFF]
    assert plain_headers(names, sizes, crcs) == [member_header(*one) for one in zip(names, sizes, crcs, strict=True)]


@pytest.mark.parametrize(("name", "size"), [(b"n" * 180 + b".mp4", 5), (b"a.mp4", 8**11)])
def test_what_does_not_fit_a_block_is_read_by_others(name, size):
    with tarfile.open(fileobj=io.BytesIO(member_header(name, size, 7) + bytes(1024))) as tar:
        member = tar.next()
    assert member is not None and (member.name.encode(), member.size) == (name, size)
