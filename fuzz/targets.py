"""What is fuzzed: each parser of untrusted bytes, real seeds for it, what must hold, and a bug to plant in it.

A target's `check` raises AssertionError where something wrong was returned as right; the errors that the parser
documents are fine. `plant` breaks the parser in one place: a fuzzer that cannot find that finds nothing.
"""

from __future__ import annotations

import io
import os
import pickle
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from faceshards.errors import FaceshardsError
from faceshards.packing.sources import tar_archive, zip_archive
from faceshards.packing.sources.archive import Limits
from faceshards.packing.sources.opening import open_source
from faceshards.shards.index import file as index_file
from faceshards.shards.pickles import pickled_arrays, unpickle
from faceshards.shards.schema import codecs, scalars
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.local_file import LocalFile
from faceshards.shards.tar import front, scan
from faceshards.shards.writer import ShardWriter

SCRATCH = Path(tempfile.mkdtemp(prefix="faceshards-fuzz-"))
MARKER = SCRATCH / "marker"


@dataclass(frozen=True)
class Target:
    """One parser. `runs` is how often `make fuzz` feeds it; `mend` makes a checksum right that a mutation broke."""

    runs: int
    seeds: Callable[[], list[bytes]]
    check: Callable[[bytes], None]
    plant: Callable[[], None]
    mend: Callable[[bytes], bytes] = bytes


def shard(samples: int = 3) -> Path:
    """A small shard of ours with every kind of column."""
    path = SCRATCH / f"seed{samples}.tar"
    with ShardWriter(path, provenance=[Provenance("pack", 1, {"fps": 25})]) as writer:
        for i in range(samples):
            facts = {"name": f"clip {i}", "fps": [25, 1], "frames": 75, "snr_db": 1.5 * i, "failures": []}
            members = {"json": facts, "mp4": bytes([i]) * 600, "x.npy": codecs.encode("x.npy", np.eye(3, 2, i))}
            writer.add(f"clip{i}" + "n" * 110 * (i == 1), members | {"faces.msg": codecs.encode("faces.msg", _FACES)})
    return path


_FACES = {"size": [4, 4], "box": [[0.5, 1.0, 2.0, 3.0]], "frame": [0], "score": [0.25], "name": "a", "raw": b"b"}
_HOSTILE = {"../x.png": b"x", "/etc/x.png": b"x", "c/./d//e.png": b"x"}
_FILES = {"a/0.png": b"\x89PNG" + bytes(40), "a/1.png": bytes(30), "b.mp4": b"ftyp" * 20}


def _tars() -> list[bytes]:
    made = [shard(1).read_bytes(), shard(3).read_bytes()]
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form) as tar:
            for name, body in {**_FILES, **_HOSTILE, "long/" + "n" * 120 + ".json": b"{}"}.items():
                info = tarfile.TarInfo(name)
                info.size = len(body)
                with suppress(ValueError):
                    tar.addfile(info, io.BytesIO(body))
        made.append(out.getvalue())
    return made


def _mend_tar(data: bytes) -> bytes:
    """Every block that calls itself a header gets the checksum of POSIX: the sum of its bytes, its own field blank."""
    body = bytearray(data)
    for at in range(0, len(body) - 511, 512):
        if body[at + 257 : at + 262] == b"ustar":
            body[at + 148 : at + 156] = b" " * 8
            body[at + 148 : at + 156] = b"%06o\0 " % sum(body[at : at + 512])
    return bytes(body)


def _check_tar(data: bytes) -> None:
    end = 0
    with suppress(FaceshardsError):
        for member in scan.TarScan(data):
            assert end <= member.start < member.offset <= member.offset + member.size <= len(data), "out of bounds"
            end = member.end


def _plant_tar() -> None:
    def unbounded(self: Any, header: bytes, start: int, position: int, size: int, records: dict) -> scan.Member:
        return scan.Member("x", start, position + 512, scan._size(records, size), None)

    scan.TarScan._member = unbounded  # a member may run past the end


def _check_front(data: bytes) -> None:
    with suppress(FaceshardsError):
        found, size = front.read_front(data)
        if found is not None:
            assert found.pack(size - 512) == data[:size], "a front record was taken that nobody wrote"


def _plant_front() -> None:
    def unchecked(start: bytes) -> tuple[front.Front | None, int]:
        size = front.front_size(start)
        return front.parse_front(front.parse_pax(start[512:size])) if size else None, size

    front.read_front = unchecked  # the record's own checksum is not looked at


def _arrays() -> list[bytes]:
    rng = np.random.default_rng(0)
    arrays = [
        np.zeros(0),
        np.arange(6).reshape(2, 3),
        np.array(1.5),
        np.array(["ab", "c"]),
        rng.random((3, 1, 2)) > 0.5,
    ]
    made = [codecs.encode("x.npy", array) for array in arrays]
    for array, version in ((np.asfortranarray(np.eye(3, 2)), (1, 0)), (np.arange(4), (2, 0)), (np.arange(4), (3, 0))):
        out = io.BytesIO()
        np.lib.format.write_array(out, array, version)
        made.append(out.getvalue())
    return made


def _check_npy(data: bytes) -> None:
    with suppress(FaceshardsError):
        ours = codecs.decode("x.npy", data)
        if ours is None:
            return
        try:
            theirs = np.load(io.BytesIO(data), allow_pickle=False)
        except (ValueError, EOFError, OSError, SyntaxError, MemoryError):
            return
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape and ours.tobytes() == theirs.tobytes()


def _plant_npy() -> None:
    parse = codecs._parse_npy_header
    codecs._parse_npy_header = lambda header: (*parse(header)[:2], False)  # every array is in C order


def _check_msg(data: bytes) -> None:
    with suppress(FaceshardsError):
        ours = codecs.decode("x.msg", data)
        if data:
            _admit(ours, (type(None), bool, int, float, str, bytes), "msgpack")
            assert repr(ours) == repr(msgpack.unpackb(data, strict_map_key=False))


def _plant_msg() -> None:
    codecs._no_extension = msgpack.ExtType  # extensions are taken


def _check_json(data: bytes) -> None:
    with suppress(FaceshardsError):
        facts = codecs.decode("json", data)
        if isinstance(facts, dict):
            for array in scalars.scalar_columns([facts, {}]).values():
                array.validate(full=True)
                assert len(array) == 2


def _plant_json() -> None:
    scalars._ratio = lambda value: value[0] / value[1] if isinstance(value, list) else value  # a rate of 25/0


def _indexes() -> list[bytes]:
    return [shard(count).with_suffix(".parquet").read_bytes() for count in (1, 3) if shard(count)]


def _check_index(data: bytes) -> None:
    tar = shard_of(data)
    found = index_file.read_index(data, tar[0], tar[1], {})
    if found is not None:
        assert found.equals(tar[2]), "an index was taken that nobody wrote"


def shard_of(data: bytes) -> tuple[front.Front | None, int, pa.Table]:
    """Front, length and index of one of the seeds."""
    if not _SEEDS:
        for count in (1, 3):
            path = shard(count)
            with LocalFile(path) as file:
                found, _ = front.read_front(file.start(1 << 20))
                _SEEDS.append((found, file.size, pq.read_table(path.with_suffix(".parquet"))))
    return _SEEDS[len(data) % 2]


_SEEDS: list[tuple[front.Front | None, int, pa.Table]] = []


def _plant_index() -> None:
    index_file._is_built = lambda schema, facts: True  # names and types are not looked at


class _Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {MARKER}",)


def _pickles() -> list[bytes]:
    values = [np.eye(2), [np.arange(3), {"a": (1, 2.5, "x", b"y", None)}], np.float32(1.5), {1, 2}, np.array(["a"])]
    made = [pickle.dumps(value, protocol) for value in values for protocol in (0, 2, 4, 5)]
    return [*made, pickle.dumps(_Evil(), 0), pickle.dumps([_Evil()], 4)]


def _check_pickle(data: bytes) -> None:
    with suppress(FaceshardsError):
        value = unpickle.load_arrays(data, max_bytes=1 << 20, max_values=10_000)
        _admit(value, (type(None), bool, int, float, str, bytes, bytearray, np.ndarray, np.generic), "a pickle")
    assert not MARKER.exists(), "a pickle ran something"


def _plant_pickle() -> None:
    pickled_arrays.CALLS[("posix", "system")] = lambda source, command: os.system(command)  # noqa: S605 - the planted bug


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


def _zips() -> list[bytes]:
    made = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            for name, body in {**_FILES, **_HOSTILE}.items():
                archive.writestr(name, body)
        made.append(out.getvalue())
    return made


def _check_archive(data: bytes, suffix: str) -> None:
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


def _plant_archive(module: Any) -> None:
    module.clean_name = lambda raw: (raw, None)  # no name is unsafe


TARGETS = {
    "tar": Target(200_000, _tars, _check_tar, _plant_tar, _mend_tar),
    "front": Target(150_000, lambda: [shard(n).read_bytes()[:8704] for n in (1, 3)], _check_front, _plant_front),
    "npy": Target(200_000, _arrays, _check_npy, _plant_npy),
    "msgpack": Target(200_000, lambda: [codecs.encode("x.msg", _FACES)], _check_msg, _plant_msg),
    "json": Target(
        60_000,
        lambda: [codecs.encode_json({"name": "a", "fps": [25, 1], "frames": 7, "snr_db": 0.5, "failures": [{}]})],
        _check_json,
        _plant_json,
    ),
    "parquet": Target(20_000, _indexes, _check_index, _plant_index),
    "pickle": Target(150_000, _pickles, _check_pickle, _plant_pickle),
    "zip": Target(40_000, _zips, lambda data: _check_archive(data, ".zip"), lambda: _plant_archive(zip_archive)),
    "tar source": Target(
        40_000, _tars, lambda data: _check_archive(data, ".tar"), lambda: _plant_archive(tar_archive), _mend_tar
    ),
}
