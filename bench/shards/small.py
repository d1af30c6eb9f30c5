"""Many small samples: written, and found again in a foreign tar."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import webdataset

from faceshards.bench.figure import Figure, ratio
from faceshards.bench.race import race
from faceshards.bench.shards.scale import ShardScale
from faceshards.shards.index.index import build
from faceshards.shards.schema.codecs import encode_npy
from faceshards.shards.storage.local_file import LocalFile
from faceshards.shards.writer import ShardWriter

WRITE = 'webdataset: with TarWriter(path) as out: out.write({"__key__": key, "a.npy": a, "b.npy": b, "json": facts})'
SCAN = "tarfile: with tarfile.open(path) as tar: [(m.name, m.offset_data, m.size) for m in tar]"


def measure(scale: ShardScale, work: Path) -> Iterator[Figure]:
    """Writing and indexing."""
    ours, theirs = work / "ours.tar", work / "theirs.tar"
    a, b = np.random.default_rng(0).normal(size=(2, 512)).astype(np.float32)
    b = b[:128]
    facts = [{"name": f"clip {i}", "frames": 75, "snr_db": i / 7} for i in range(scale.small)]

    def write_ours() -> None:
        # Not synced, like the peer: what is measured is the writer, not the disk.
        with ShardWriter(ours, durable=False) as out:
            for i, one in enumerate(facts):
                out.add(f"k{i:06d}", {"json": one, "a.npy": encode_npy(a), "b.npy": encode_npy(b)})

    def write_theirs() -> None:
        with webdataset.TarWriter(str(theirs)) as out:
            for i, one in enumerate(facts):
                out.write({"__key__": f"k{i:06d}", "a.npy": a, "b.npy": b, "json": one})

    def clean() -> None:
        for path in (ours, theirs):
            path.unlink(missing_ok=True)

    times = race({"faceshards": write_ours, "webdataset": write_theirs}, scale.runs, clean)
    yield ratio(f"write {scale.small:,} small samples, index included", times, "webdataset", 10, WRITE)
    write_theirs()

    def scan_ours() -> None:
        with LocalFile(theirs) as file:
            build(file)

    def scan_theirs() -> None:
        with tarfile.open(theirs) as tar:
            assert len([(member.name, member.offset_data, member.size) for member in tar]) == 3 * scale.small

    times = race({"faceshards": scan_ours, "tarfile": scan_theirs}, scale.runs)
    yield ratio(f"index a foreign tar of {3 * scale.small:,} members", times, "tarfile", 10, SCAN)
    clean()
