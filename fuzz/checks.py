"""What must hold of each parser: AssertionError where something wrong was returned as right."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

import msgpack
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from seeds import MARKER, SCRATCH, shard

from faceshards.errors import FaceshardsError
from faceshards.packing.sources.archive import Limits
from faceshards.packing.sources.opening import open_source
from faceshards.shards.index import file as index_file
from faceshards.shards.pickles import unpickle
from faceshards.shards.schema import codecs, scalars
from faceshards.shards.storage.local_file import LocalFile
from faceshards.shards.tar import front, scan

_SEEDS: list[tuple[front.Front | None, int, pa.Table]] = []


def shard_of(data: bytes) -> tuple[front.Front | None, int, pa.Table]:
    """Front, length and index of one of the seeds."""
    if not _SEEDS:
        for count in (1, 3):
            path = shard(count)
            with LocalFile(path) as file:
                found, _ = front.read_front(file.start(1 << 20))
                _SEEDS.append((found, file.size, pq.read_table(path.with_suffix(".parquet"))))
    return _SEEDS[len(data) % 2]


def mend_tar(data: bytes) -> bytes:
    """Every block that calls itself a header gets the checksum of POSIX: the sum of its bytes, its own field blank."""
    body = bytearray(data)
    for at in range(0, len(body) - 511, 512):
        if body[at + 257 : at + 262] == b"ustar":
            body[at + 148 : at + 156] = b" " * 8
            body[at + 148 : at + 156] = b"%06o\0 " % sum(body[at : at + 512])
    return bytes(body)


def check_tar(data: bytes) -> None:
    """Members lie behind each other, within the bytes."""
    end = 0
    with suppress(FaceshardsError):
        for member in scan.TarScan(data):
            assert end <= member.start < member.offset <= member.offset + member.size <= len(data), "out of bounds"
            end = member.end


def check_front(data: bytes) -> None:
    """A front record that is taken is the one that it would be written as."""
    with suppress(FaceshardsError):
        found, size = front.read_front(data)
        if found is not None:
            assert found.pack(size - 512) == data[:size], "a front record was taken that nobody wrote"


def check_npy(data: bytes) -> None:
    """An array that both read is equal to what numpy reads."""
    with suppress(FaceshardsError):
        ours = codecs.decode("x.npy", data)
        if ours is None:
            return
        try:
            theirs = np.load(io.BytesIO(data), allow_pickle=False)
        except (ValueError, EOFError, OSError, SyntaxError, MemoryError):
            return
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape and ours.tobytes() == theirs.tobytes()


def check_msg(data: bytes) -> None:
    """A value that is taken is plain, and equal to what msgpack reads."""
    with suppress(FaceshardsError):
        ours = codecs.decode("x.msg", data)
        if data:
            _admit(ours, (type(None), bool, int, float, str, bytes), "msgpack")
            assert repr(ours) == repr(msgpack.unpackb(data, strict_map_key=False))


def check_json(data: bytes) -> None:
    """Whatever the facts are, their scalars make sound columns of an index."""
    with suppress(FaceshardsError):
        facts = codecs.decode("json", data)
        if isinstance(facts, dict):
            for array in scalars.scalar_columns([facts, {}]).values():
                array.validate(full=True)
                assert len(array) == 2


def check_index(data: bytes) -> None:
    """An index that is taken is the one that was written."""
    tar = shard_of(data)
    found = index_file.read_index(data, tar[0], tar[1], {})
    if found is not None:
        assert found.equals(tar[2]), "an index was taken that nobody wrote"


def check_pickle(data: bytes) -> None:
    """Nothing is run, and nothing but arrays and plain values comes out."""
    with suppress(FaceshardsError):
        value = unpickle.load_arrays(data, max_bytes=1 << 20, max_values=10_000)
        _admit(value, (type(None), bool, int, float, str, bytes, bytearray, np.ndarray, np.generic), "a pickle")
    assert not MARKER.exists(), "a pickle ran something"


def _admit(value: Any, kinds: tuple[type, ...], what: str) -> None:
    """Only these kinds and plain containers of them."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += [*one.keys(), *one.values()]
        elif type(one) in (list, tuple, set, frozenset):
            left += one
        else:
            assert isinstance(one, kinds), f"{what} gave a {type(one).__name__}"
            assert not (isinstance(one, np.ndarray) and one.dtype.hasobject), f"{what} gave objects"


def check_archive(data: bytes, suffix: str) -> None:
    """No name leaves the archive, and an entry has the bytes that it says."""
    path = SCRATCH / f"source{suffix}"
    path.write_bytes(data)
    with suppress(FaceshardsError):
        archive = open_source(path, Limits())
        try:
            for entry in archive.listing().entries:
                if entry.fault is None:
                    assert not entry.name.startswith("/") and ".." not in entry.name.split("/"), "an unsafe name"
                    with suppress(FaceshardsError):
                        assert len(archive.read(entry)) == entry.size
        finally:
            archive.close()
