"""Hostile tars, laid byte by byte from the specifications (POSIX ustar and pax, GNU tar's manual, docs/format.md)."""

from __future__ import annotations

import gzip
import hashlib
import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

from fastcrc import crc32

BLOCK = 512
END = bytes(2 * BLOCK)


def header(
    name: bytes,
    size: int | bytes = 0,
    kind: bytes = b"0",
    *,
    link: bytes = b"",
    prefix: bytes = b"",
    magic: bytes = b"ustar\x0000",
    tail: bytes = b"",
) -> bytes:
    """A header block with its checksum; `size` as bytes is laid down as it is."""
    field = size if isinstance(size, bytes) else b"%011o\0" % size
    block = bytearray(BLOCK)
    for at, text in (
        (0, name[:100]), (100, b"0000644\0"), (108, b"0000000\0"), (116, b"0000000\0"), (124, field[:12]),
        (136, b"00000000000\0"), (148, b" " * 8), (156, kind), (157, link[:100]), (257, magic), (345, prefix[:155]),
        (500, tail),
    ):  # fmt: skip
        block[at : at + len(text)] = text
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def member(name: bytes, body: bytes = b"", kind: bytes = b"0", **fields: bytes) -> bytes:
    """A header, its body and the padding."""
    return header(name, len(body), kind, **fields) + body + bytes(-len(body) % BLOCK)


def record(keyword: bytes, value: bytes) -> bytes:
    """A pax record, whose length counts itself."""
    length = len(keyword) + len(value) + 3
    while len(b"%d" % length) + len(keyword) + len(value) + 3 != length:
        length = len(b"%d" % length) + len(keyword) + len(value) + 3
    return b"%d %s=%s\n" % (length, keyword, value)


def pax(*records: tuple[bytes, bytes], kind: bytes = b"x") -> bytes:
    """An extended header."""
    return member(b"PaxHeaders/x", b"".join(record(*one) for one in records), kind)


def front(**changes: bytes) -> bytes:
    """A front record with the right check, whatever else it says."""
    facts = {
        "check": b"0" * 8,
        "format": b"1",
        "generation": b"0" * 32,
        "length": b"%020d" % 0,
        "members": b"%012d" % 0,
        "samples": b"%012d" % 0,
        "provenance": b"{}",
        **changes,
    }
    body = b"".join(record(b"FACESHARDS." + name.encode(), value) for name, value in facts.items())
    size = -(-(len(body) + 64) // 4096) * 4096
    pad = next(
        one for spaces in range(size) if len(one := record(b"FACESHARDS.pad", b" " * spaces)) == size - len(body)
    )  # fmt: skip
    whole = bytearray(header(b"faceshards", size, b"g") + body + pad)
    at = whole.index(b" FACESHARDS.check=") + len(b" FACESHARDS.check=")
    whole[at : at + 8] = b"%08x" % crc32.iscsi(bytes(whole))
    return bytes(whole)


def shard(**changes: bytes) -> bytes:
    """A tar of one sample behind a front record that says what is true, but for the changes."""
    crc = crc32.iscsi(b"{}").to_bytes(4, "big")
    rest = member(b"a.json", b"{}", tail=b"FS1\0" + crc) + END
    row = len(b"a.json").to_bytes(4, "big") + b"a.json" + (2).to_bytes(8, "big") + crc
    one = b"%012d" % 1
    truth = {
        "generation": hashlib.blake2b(row, digest_size=16).hexdigest().encode(),
        "members": one,
        "samples": one,
        "length": b"%020d" % (len(front(**changes)) + len(rest)),
    }
    return front(**(truth | changes)) + rest


GOOD = member(b"a.json", b'{"name":"a"}') + member(b"a.txt", b"hello")
DEEP = b"[" * 100_000
HUGE = b"\x80" + (2**70).to_bytes(11, "big")
NEGATIVE = b"\xff" * 11 + b"\x00"


def _sparse(*words: str) -> Callable[[Path], bytes]:
    def build(folder: Path) -> bytes:
        with open(folder / "holes.jpg", "wb") as file:
            for i in range(30):
                file.seek(i * 65536)
                file.write(b"data")
            file.truncate(1 << 40)
        where = ["-cf", str(folder / "s.tar"), "-C", str(folder), "holes.jpg"]
        subprocess.run(["tar", *words, "-S", *where], check=True)
        body = (folder / "s.tar").read_bytes()
        for name in ("holes.jpg", "s.tar"):
            os.unlink(folder / name)
        return body

    return build


def _many_globals(members: int) -> bytes:
    """A global header of a megabyte of records, and members that each look at them."""
    globals_ = pax(*((b"comment%d" % i, b"") for i in range(50_000)), kind=b"g")
    return globals_ + b"".join(
        member(b"././@LongLink", b"%0600d.txt\0" % i, b"L") + member(b"x", b"") for i in range(members)
    )


#: Name -> (bytes, or how to make them in a folder; whether it must be refused, or may be read).
TARS: dict[str, tuple[bytes | Callable[[Path], bytes], str]] = {
    "empty": (b"", "refused"),
    "one byte": (b"\0", "refused"),
    "half a block": (bytes(300), "refused"),
    "zeros": (bytes(10 << 20), "read"),
    "noise": (random.Random(1).randbytes(1 << 20), "refused"),
    "text": (b"this is no tar\n" * 1000, "refused"),
    "gzip": (gzip.compress(GOOD + END), "refused"),
    "no end": (GOOD, "refused"),
    "cut in a body": ((GOOD + END)[:600], "refused"),
    "parent folders": (member(b"../../marker.json", b"{}") + END, "read"),
    "an absolute name": (member(b"/tmp/marker.json", b"{}") + END, "read"),
    "an absolute pax name": (pax((b"path", b"/tmp/marker.json")) + member(b"a.json", b"{}") + END, "read"),
    "a name with a NUL": (pax((b"path", b"a\0../../marker.json")) + member(b"a.json", b"{}") + END, "read"),
    "a name of control characters": (member(b"\x1b[2J\r\n.json", b"{}") + END, "read"),
    "a name that is no UTF-8": (member(b"\xff\xfe.json", b"{}") + member(b"\xff\xfe.\xed\xa0\x80", b"x") + END, "read"),
    "an empty name": (member(b"", b"{}") + member(b".json", b"{}") + member(b"...", b"") + END, "read"),
    "a symbolic link": (member(b"a.json", kind=b"2", link=b"/etc/passwd") + END, "read"),
    "a hard link": (member(b"a.json", kind=b"1", link=b"../marker") + END, "read"),
    "devices and a pipe": (b"".join(member(b"a.json", kind=kind) for kind in (b"3", b"4", b"6")) + END, "read"),
    "a link with a size": (header(b"a.json", 10**9, b"2", link=b"x") + GOOD + END, "read"),
    "types that nobody knows": (
        b"".join(member(b"a.json", b"{}", kind) for kind in (b"Z", b"\xff", b"N")) + END,
        "read",
    ),
    "a size beyond the file": (header(b"a.json", 10**9) + GOOD + END, "refused"),
    "a size of 2 to the 70": (header(b"a.json", HUGE) + GOOD + END, "refused"),
    "a negative size": (header(b"a.json", NEGATIVE) + GOOD + END, "refused"),
    "a negative size in octal": (header(b"a.json", b"-0000001000\0") + GOOD + END, "refused"),
    "a size that is no number": (header(b"a.json", b"0x10lots\0\0\0\0") + GOOD + END, "refused"),
    "a pax size beyond the file": (pax((b"size", b"9" * 19)) + member(b"a.json", b"{}") + END, "refused"),
    "a negative pax size": (pax((b"size", b"-512")) + member(b"a.json", b"{}") + END, "refused"),
    "a pax size in other digits": (pax((b"size", "²".encode())) + member(b"a.json", b"{}") + END, "refused"),
    "a pax size in Arabic digits": (pax((b"size", "٣".encode())) + member(b"a.json", b"{}") + END, "refused"),
    "a pax size of a million digits": (pax((b"size", b"1" * 900_000)) + member(b"a.json") + END, "refused"),
    "a global size beyond the file": (pax((b"size", b"9" * 15), kind=b"g") + GOOD + END, "refused"),
    "a global path": (pax((b"path", b"../m.json"), kind=b"g") + GOOD + END, "read"),
    "a pax header beyond the file": (header(b"x", 1 << 19, b"x") + GOOD + END, "refused"),
    "a pax header of 100 MB": (member(b"x", b"1" * (100 << 20), b"x") + GOOD + END, "refused"),
    "a pax record of 10 to the 18": (member(b"x", b"1" + b"0" * 18 + b" path=b\n", b"x") + GOOD + END, "refused"),
    "a pax record of length 0": (member(b"x", b"0 path=b\n", b"x") + GOOD + END, "refused"),
    "a pax record without an end": (member(b"x", b"99 path=abc", b"x") + GOOD + END, "refused"),
    "a pax header of 60,000 records": (pax(*((b"k%d" % i, b"v") for i in range(60_000))) + GOOD + END, "read"),
    "fifty pax headers of a megabyte": (pax((b"c", b"x" * 1_000_000)) * 50 + GOOD + END, "read"),
    "a megabyte of global records for all": (_many_globals(3000) + END, "read"),
    "a GNU name of a megabyte": (
        member(b"././@LongLink", b"a" * 1_000_000 + b".json\0", b"L") + member(b"x", b"{}") + END,
        "read",
    ),
    "a GNU name of 100 MB": (member(b"x", b"a" * (100 << 20), b"L") + member(b"x", b"{}") + END, "refused"),
    "a name of 300,000 folders": (pax((b"path", b"a/" * 300_000 + b"b.json")) + member(b"x", b"{}") + END, "read"),
    "a name of 500,000 dots": (pax((b"path", b"a" + b"." * 500_000 + b"mp4")) + member(b"x", b"{}") + END, "read"),
    "a column of a megabyte": (pax((b"path", b"a." + b"b" * 1_000_000)) + member(b"x", b"{}") + END, "read"),
    "sparse, old GNU": (_sparse("--format=gnu"), "refused"),
    "sparse, pax 0.0": (_sparse("--format=pax", "--sparse-version=0.0"), "refused"),
    "sparse, pax 0.1": (_sparse("--format=pax", "--sparse-version=0.1"), "refused"),
    "sparse, pax 1.0": (_sparse("--format=pax", "--sparse-version=1.0"), "refused"),
    "what is true": (shard(), "read"),
    "a thousand million members claimed": (shard(members=b"999999999999", samples=b"999999999999"), "refused"),
    "negative members claimed": (shard(members=b"-00000000001"), "refused"),
    "another length": (shard(length=b"%020d" % 10**18), "refused"),
    "a length that is no number": (shard(length=b"ten"), "refused"),
    "a length of many digits": (shard(length=b"9" * 4400), "refused"),
    "a newer format": (shard(format=b"2"), "refused"),
    "format 0": (shard(format=b"-1"), "refused"),
    "another generation": (shard(generation=b"f" * 32), "refused"),
    "a generation of a megabyte": (shard(generation=b"f" * (1 << 20)), "refused"),
    "provenance that is no JSON": (shard(provenance=b"{"), "refused"),
    "provenance that is a list": (shard(provenance=b"[1]"), "refused"),
    "provenance of other things": (shard(provenance=b'{"a":1,"b":{"stage":3}}'), "refused"),
    "deep provenance": (shard(provenance=DEEP), "refused"),
    "provenance with a surrogate": (shard(provenance=b'{"a":"\\ud800"}'), "refused"),
    "a front record of a petabyte": (header(b"faceshards", HUGE, b"g") + GOOD + END, "refused"),
    "a front record of 8 GB": (header(b"faceshards", 8**11 - 1, b"g") + GOOD + END, "refused"),
    "a front record with a bad size": (header(b"faceshards", b"many", b"g") + GOOD + END, "refused"),
    "a front record of 16 MB in the middle": (GOOD + header(b"x", 15 << 20, b"g") + bytes(15 << 20) + END, "refused"),
    "two front records": (front() + shard(), "refused"),
    "a front record in the middle": (GOOD + shard(), "read"),
    "20,000 columns": (b"".join(member(b"%d.c%d" % (i, i), b"") for i in range(20_000)) + END, "refused"),
    "one sample again and again": (member(b"a.json", b"{}") * 10_000 + END, "read"),
    "20,000 empty members": (b"".join(member(b"%d.txt" % i) for i in range(20_000)) + END, "read"),
}

#: Damaged tars on which a salvage could spend a second a header.
BROKEN: dict[str, bytes] = {
    "a break behind each of 5,000 members": b"".join(
        header(b"%d.txt" % i, tail=b"FS1\0" + bytes(4)) + b"\xff" * BLOCK for i in range(5000)
    )
    + END,
    "5,000 front records, each of 16 MB": header(b"faceshards", 16 << 20, b"g") * 5000 + bytes(17 << 20) + END,
    "5,000 pax headers, each of a megabyte": header(b"x", 1 << 20, b"x") * 5000 + bytes(1 << 20) + END,
}

_FACTS = {
    "deep json": DEEP,
    "deep json that ends": DEEP + b"]" * 100_000,
    "json of a number of 100,000 digits": b'{"a":' + b"9" * 100_000 + b"}",
    "json beyond 64 bits": b'{"frames":99999999999999999999,"fps":[1,0],"width":1e999,"own":18446744073709551616}',
    "json with NaN": b'{"duration":NaN,"snr_db":-Infinity,"own":NaN}',
    "json with lone surrogates": b'{"name":"\\ud800","\\udfff":"\\udc00","licence":"\xed\xa0\x80"}',
    "json that is no object": b"[1,2,3]",
    "json that is no UTF-8": b"\xff\xfe\x00{",
    "json with the index's own names": b'{"key":"x","offset":-1,"size":1e9,"json":3,"txt":{"offset":1},"failed":9}',
    "json with odd failures": b'{"failures":7}',
    "json with odd failures within": b'{"failures":[7,{"stage":[],"code":{}},null]}',
    "json with keys of control characters": b'{"":1,"\\u0000":2,"a b":3,"\\n":4,"a.b":5}',
    "json with 30,000 keys": b"{" + b",".join(b'"k%d":%d' % (i, i) for i in range(30_000)) + b"}",
    "json with one key 100,000 times": b"{" + b",".join(b'"k":%d' % i for i in range(100_000)) + b"}",
    "json of bool and text and number": b'{"frames":true,"name":7,"fps":"fast","collection":[1],"made":"x","media":3}',
}
TARS |= {
    name: (member(b"a.json", body) + member(b"a.txt", b"x") + member(b"b.json", b'{"frames":1}') + END, "read")
    for name, body in _FACTS.items()
}
