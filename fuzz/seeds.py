"""What the fuzzer begins with: small real inputs of every parser, hostile names and pickles among them."""

from __future__ import annotations

import io
import os
import pickle
import tarfile
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from faceshards.shards.schema import codecs
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter

SCRATCH = Path(tempfile.mkdtemp(prefix="faceshards-fuzz-"))
MARKER = SCRATCH / "marker"
FACES = {"size": [4, 4], "box": [[0.5, 1.0, 2.0, 3.0]], "frame": [0], "score": [0.25], "name": "a", "raw": b"b"}
HOSTILE = {"../x.png": b"x", "/etc/x.png": b"x", "c/./d//e.png": b"x"}
FILES = {"a/0.png": b"\x89PNG" + bytes(40), "a/1.png": bytes(30), "b.mp4": b"ftyp" * 20}


def shard(samples: int = 3) -> Path:
    """A small shard of ours with every kind of column."""
    path = SCRATCH / f"seed{samples}.tar"
    with ShardWriter(path, provenance=[Provenance("pack", 1, {"fps": 25})]) as writer:
        for i in range(samples):
            facts = {"name": f"clip {i}", "fps": [25, 1], "frames": 75, "snr_db": 1.5 * i, "failures": []}
            members = {"json": facts, "mp4": bytes([i]) * 600, "x.npy": codecs.encode("x.npy", np.eye(3, 2, i))}
            writer.add(f"clip{i}" + "n" * 110 * (i == 1), members | {"faces.msg": codecs.encode("faces.msg", FACES)})
    return path


def tars() -> list[bytes]:
    """Shards of ours, and tars of three dialects."""
    made = [shard(1).read_bytes(), shard(3).read_bytes()]
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form) as tar:
            for name, body in {**FILES, **HOSTILE, "long/" + "n" * 120 + ".json": b"{}"}.items():
                info = tarfile.TarInfo(name)
                info.size = len(body)
                with suppress(ValueError):
                    tar.addfile(info, io.BytesIO(body))
        made.append(out.getvalue())
    return made


def arrays() -> list[bytes]:
    """Arrays of several dtypes, shapes, orders in memory and versions of npy."""
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


def indexes() -> list[bytes]:
    """The indexes of two shards."""
    return [shard(count).with_suffix(".parquet").read_bytes() for count in (1, 3) if shard(count)]


class _Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {MARKER}",)


def pickles() -> list[bytes]:
    """Arrays and plain values in four protocols, and two that would run a command."""
    values = [np.eye(2), [np.arange(3), {"a": (1, 2.5, "x", b"y", None)}], np.float32(1.5), {1, 2}, np.array(["a"])]
    made = [pickle.dumps(value, protocol) for value in values for protocol in (0, 2, 4, 5)]
    return [*made, pickle.dumps(_Evil(), 0), pickle.dumps([_Evil()], 4)]


def zips() -> list[bytes]:
    """Stored and packed."""
    made = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            for name, body in {**FILES, **HOSTILE}.items():
                archive.writestr(name, body)
        made.append(out.getvalue())
    return made
