"""Hostile member bodies: npy, msgpack, JSON, pictures, pickles."""

from __future__ import annotations

import io
import pickle
import struct
import zlib

import numpy as np


def npy(header: str | bytes, data: bytes = b"", version: bytes = b"\x01\x00", claim: int | None = None) -> bytes:
    """An npy file with a header as given, of the length that it claims."""
    text = header.encode("latin-1") if isinstance(header, str) else header
    length = len(text) if claim is None else claim
    return b"\x93NUMPY" + version + length.to_bytes(4 if version[0] > 1 else 2, "little") + text + data


def _plain(descr: str = "<f4", shape: str = "(1,)", order: str = "False") -> str:
    return f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n"


NPY: dict[str, bytes] = {
    "a shape beyond 64 bits": npy(_plain(shape="(" + "999999999999999999, " * 9 + ")")),
    "a shape of nothing and everything": npy(_plain(shape="(0, 999999999999999999, 999999999999999999)")),
    "a negative shape": npy(_plain(shape="(-1,)"), bytes(4)),
    "a shape of 1,000 axes": npy(_plain(shape="(" + "1, " * 1000 + ")"), bytes(4)),
    "a shape of digits without an end": npy(_plain(shape="(" + "1" * 60 + "x)")),
    "a shape of 20,000 digits": npy(_plain(shape="(" + "1" * 20_000 + ")")),
    "a shape of 10,000 numbers, then rubbish": npy(_plain(shape="(" + "1, " * 10_000 + "!)")),
    "a shape of spaces": npy(_plain(shape="(1" + " " * 30_000 + "x)")),
    "more data than the shape": npy(_plain(), bytes(4000)),
    "less data than the shape": npy(_plain(shape="(250000000,)"), bytes(4)),
    "objects": npy(_plain("|O"), pickle.dumps(["x"])),
    "text of no size": npy(_plain("<U0", "(999999999999999999,)")),
    "text of a gigabyte": npy(_plain("<U999999", "(9999,)")),
    "a number of 3 bytes": npy(_plain("<f3"), bytes(3)),
    "a code that runs": npy(
        "{'descr': __import__('os').system('touch marker'), 'fortran_order': False, 'shape': (1,), }\n"
    ),
    "a code in the shape": npy(_plain(shape="(__import__('os').system('touch marker'),)")),
    "a header of a gigabyte": npy(b"", version=b"\x02\x00", claim=1 << 30),
    "a header of 60,000 brackets": npy("[" * 60_000),
    "a header that is cut": npy(_plain(), claim=60_000),
    "version 255": npy(_plain(), bytes(4), b"\xff\xff"),
    "only the magic": b"\x93NUMPY",
    "no length": b"\x93NUMPY\x01\x00\x10",
    "another file": b"PK\x03\x04" * 100,
}


def _array32(count: int) -> bytes:
    return b"\xdd" + count.to_bytes(4, "big")


MSG: dict[str, bytes] = {
    "a list of 4 thousand million": _array32(2**32 - 1),
    "a map of 4 thousand million": b"\xdf\xff\xff\xff\xff",
    "text of 4 GB": b"\xdb\xff\xff\xff\xffabc",
    "bytes of 4 GB": b"\xc6\xff\xff\xff\xffabc",
    "an extension of 4 GB": b"\xc9\xff\xff\xff\xff\x01abc",
    "lists in lists, each of a million": _array32(1_000_000) * 200_000,
    "lists in lists, deep": b"\x91" * 1_000_000,
    "maps in maps, deep": b"\x81\xa1a" * 300_000,
    "extensions": b"\x92\xc7\x03\x05abc\xd4\x01x",
    "a time": b"\x92\x01\xd6\xff" + bytes(4),
    "a time of 96 bits as a key": b"\x81\xc7\x0c\xff" + bytes(12) + b"\x01",
    "a time of a long form": b"\x91\xc8\x00\x0c\xff" + bytes(12),
    "a time that is none": b"\xc7\x0c\xff\xff\xff\xff\xff" + bytes(8),
    "a list as a key": b"\x81\x91\x01\x02",
    "a map as a key": b"\x81\x80\x02",
    "text that is no UTF-8": b"\xa2\xff\xfe",
    "two values": b"\x01\x02",
    "a byte that is never used": b"\xc1",
    "a list that is cut": b"\x93\x01\x02",
}

JSON: dict[str, bytes] = {
    "deep lists": b"[" * 1_000_000,
    "deep objects": b'{"a":' * 300_000,
    "a number of a million digits": b"9" * 1_000_000,
    "no UTF-8": b'"\xff\xff"',
    "half a value": b'{"a": [1, 2',
    "two values": b"{} {}",
    "code": b"__import__('os').system('touch marker')",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
}


def _png(width: int, height: int, data: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


PNG: dict[str, bytes] = {
    "4 thousand million pixels wide": _png(2**31 - 1, 1),
    "a picture of 10 to the 18": _png(2**30, 2**30),
    "a picture of 225 MB": _png(9000, 9000, zlib.compress(bytes(1000))),
    "no pixels at all": _png(0, 0),
    "no data": _png(64, 64),
    "a text chunk that unpacks to much": _png(8, 8)[:33]
    + b"".join(
        struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
        for body in [b"k\0\0" + zlib.compress(bytes(100 << 20), 9)]
    ),
    "another format": b"GIF89a" + bytes(100),
}
JPG: dict[str, bytes] = {
    "a png": _png(8, 8),
    "only the magic": b"\xff\xd8\xff\xe0",
    "65,500 x 65,500": b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xdc\xff\xdc\x03\x01\x11\x00\x02\x11\x01\x03\x11\x01\xff\xd9",
}


def _opcodes() -> dict[str, bytes]:
    """What test_unpickle.py has not: resources, and arrays of objects."""
    objects = pickle.dumps(np.array([None], object))
    zeros = pickle.dumps(np.zeros(1000, "u1"), protocol=4)
    return {
        "200,000 marks": b"\x80\x02" + b"(" * 200_000 + b".",
        "200,000 nested lists": b"\x80\x02" + b"]" * 200_000 + b"a" * 199_999 + b".",
        "six million values": b"\x80\x02](" + b"N" * 6_000_000 + b"e.",
        "a number of a million digits": b"I" + b"9" * 1_000_000 + b"\n.",
        "a long of a million digits": b"L" + b"9" * 1_000_000 + b"L\n.",
        "a long of 2 GB": b"\x80\x02\x8b\xff\xff\xff\x7f.",
        "a frame of 2 to the 63": b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",
        "a tuple doubled 60 times": b"\x80\x02N\x85q\x00" + b"h\x00h\x00\x86q\x00" * 60 + b".",
        "a list added to itself": b"\x80\x02]q\x00(h\x00h\x00eh\x00(h\x00h\x00e.",
        "objects in two axes": objects.replace(b"K\x01\x85", b"K\x01K\x01\x86"),
        "objects, fewer than the shape": objects.replace(b"K\x01\x85", b"K\x09\x85"),
        "objects that hold themselves": b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n"
        b"cnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        b"(K\x01K\x01\x85cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x3ftb"
        b"\x89]q\x09h\x09atb.",
        "an array's bytes cut": zeros[:-200],
        **_costly(),
        "text that is no UTF-8": b"\x80\x02X\x02\x00\x00\x00\xff\xfe.",
        "a name with a newline": b"\x80\x04\x8c\x05os\nsy\x8c\x04stem\x93.",
        "a very long name": b"c" + b"a" * 1_000_000 + b"\n" + b"b" * 1_000_000 + b"\n.",
        "an escape that is none": b"S'\\x'\n.",
    }


def _costly() -> dict[str, bytes]:
    """Few bytes that would take an unpickler for ever: text of shared values, hashes and products of long numbers."""
    doubled = b"N\x85q\x00" + b"h\x00h\x00\x86q\x00" * 60 + b"h\x00"
    deep = b"]" * 50_000 + b"a" * 49_999
    long = b"\x8b" + (4_000_000).to_bytes(4, "little") + b"\x01" * 4_000_000 + b"q\x00"
    dtype, array = b"cnumpy\ndtype\n", b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    u1 = b"cnumpy\ndtype\nU\x02u1\x85R(K\x03U\x01|NNNtb"
    of_one_hash = b"".join(b"\x8a\x0a" + (k * (2**61 - 1)).to_bytes(10, "little") + b"N" for k in range(1, 100_000))
    return {
        "a call of a tuple doubled": b"\x80\x02" + doubled + b")R.",
        "a name that is a tuple doubled": b"\x80\x04" + doubled + b"h\x00\x93.",
        "an instance of a tuple doubled": b"\x80\x02" + doubled + b")\x81.",
        "a dtype that is a tuple doubled": b"\x80\x02" + dtype + doubled + b"\x85R.",
        "a class that is a tuple doubled": b"\x80\x02" + array[: array.index(b"cnumpy\nndarray")] + doubled + b"\x85R.",
        "a shape that is a tuple doubled": b"\x80\x02" + array + b"(K\x01" + doubled + u1 + b"\x89U\x00tb.",
        "a call of a deep list": b"\x80\x02" + deep + b")R.",
        "a name that is a deep list": b"\x80\x04" + deep + b"\x8c\x01x\x93.",
        "100,000 keys of one hash": b"\x80\x02}(" + of_one_hash + b"u.",
        "100,000 memos of one hash": b"N" + b"".join(b"p%d\n" % (k * (2**61 - 1)) for k in range(100_000)) + b".",
        "a long tuple as 20,000 keys": b"\x80\x02(" + b"N" * 100_000 + b"tq\x00}(" + b"h\x00N" * 20_000 + b"u.",
        "a long number as 20,000 keys": b"\x80\x02" + long + b"}(" + b"h\x00N" * 20_000 + b"u.",
        "a shape of long numbers": b"\x80\x02"
        + array
        + b"(K\x01("
        + long
        + b"h\x00" * 30
        + b"t"
        + u1
        + b"\x89U\x00tb.",
    }


PICKLES = _opcodes()


def marker_pickles() -> dict[str, bytes]:
    """Pickles that make the file `marker` in the working folder where Python's own unpickler reads them."""
    import os
    import shutil
    import subprocess
    from operator import methodcaller
    from pathlib import Path

    class Call:
        def __init__(self, function: object, *arguments: object, state: object = None) -> None:
            self.reduced = (function, arguments) if state is None else (function, arguments, state)

        def __reduce__(self) -> tuple:
            return self.reduced

    nested = np.empty(2, object)
    nested[:] = [np.zeros(3), Call(os.mkdir, "marker")]
    return {
        "mkdir in an array of objects": pickle.dumps(nested, protocol=3),
        "mkdir under a name of numpy's": pickle.dumps({"numpy.core.multiarray": Call(os.mkdir, "marker")}),
        "Path.touch": pickle.dumps([np.zeros(2), Call(Path.touch, Path("marker"))]),
        "subprocess": pickle.dumps(Call(subprocess.call, ["touch", "marker"])),
        "shutil.copy": pickle.dumps(Call(shutil.copy, "/etc/hostname", "marker")),
        "io.open": pickle.dumps(Call(io.open, "marker", "w")),
        "a method called": pickle.dumps(Call(methodcaller("touch"), Path("marker"))),
        "numpy's memmap": pickle.dumps(Call(np.memmap, "marker", "u1", "w+", 0, (4,))),
        "numpy.savetxt": pickle.dumps(Call(np.savetxt, "marker", [1.0])),
        "a state that acts": pickle.dumps(Call(Path, "marker"))[:-1] + b"cos\nmkdir\n(U\x06markertR0.",
        "an extension of copyreg": b"\x80\x02ccopyreg\nadd_extension\n"
        b"(X\x02\x00\x00\x00osX\x05\x00\x00\x00mkdirK\x01tR0\x82\x01(X\x06\x00\x00\x00markertR.",
    }
