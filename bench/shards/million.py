"""A million rows in a thousand shards: opened for the first time, and ever after."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from faceshards.bench.figure import Figure
from faceshards.bench.race import Times, race
from faceshards.bench.shards.scale import ShardScale
from faceshards.shards.index.dataset import NAME, open_dataset
from faceshards.shards.index.index import save
from faceshards.shards.index.table import IndexRows, index_table
from faceshards.shards.schema.codecs import encode_json
from faceshards.shards.storage.local_file import LocalFile
from faceshards.shards.tar.front import Front, generation
from faceshards.shards.tar.header import BLOCK, END

ROWS = 1000
COLUMNS = [
    "key", "identity", "frames", "fps", "width", "height", "duration", "face_share", "loudness_db", "snr_db", "score",
]  # fmt: skip
_MEMBERS = ("json", "mp4", "mp4.packets.npy", "sound.packets.npy", "face.jpg", "faces.msg", "spectrogram.npy")
CALL = "parquet: pyarrow.parquet.read_table(one_file, columns=eleven)"


def measure(scale: ShardScale, work: Path) -> Iterator[Figure]:
    """Times against one Parquet file, memory at three sizes."""
    sizes = [max(1, scale.shards // 100), max(1, scale.shards // 10), scale.shards]
    for number, shards in enumerate(sizes):
        folder, one = work / f"rows{number}", work / f"one{number}.parquet"
        make(folder, one, shards)
        times = _race(folder, one, scale.runs)
        rows = f"{shards * ROWS:,} rows in {shards:,} shards"
        if shards == scale.shards:
            yield _against(f"open {rows}, eleven columns: the first time", times, "first", 15)
            yield _against(f"open {rows}, eleven columns: ever after", times, "later", 1)
        used = _memory(folder)
        limit = ("<=", 200.0) if shards == scale.shards else None
        peers = {f"{name} s": one_of.median for name, one_of in times.items()}
        yield Figure(f"memory of eleven columns of {rows}", used / 1e6, "MB", limit, None, peers)
        for gone in [one, *folder.iterdir()]:
            gone.unlink()
        folder.rmdir()


def _race(folder: Path, one: Path, runs: int) -> dict[str, Times]:
    def parquet() -> None:
        _touch(pq.read_table(one, columns=COLUMNS))

    def later() -> None:
        _touch(open_dataset(folder).columns(COLUMNS))

    def first() -> None:
        (folder / NAME).unlink(missing_ok=True)
        later()

    first()
    return race({"first": first, "later": later, "parquet": parquet}, runs)


def _touch(table: pa.Table) -> int:
    """Looks at every value, so that nothing is only promised."""
    return sum(hash(bytes(memoryview(buffer)[::PAGE_STEP])) & 1 for buffer in _buffers(table))


PAGE_STEP = 4096


def _buffers(table: pa.Table) -> Iterator[pa.Buffer]:
    for column in table.columns:
        for chunk in column.chunks:
            yield from (buffer for buffer in chunk.buffers() if buffer is not None)


def _against(work: str, times: dict[str, Times], ours: str, most: float) -> Figure:
    value, best = times[ours].median / times["parquet"].median, times[ours].best / times["parquet"].best
    return Figure(
        work, value, "x parquet's time", ("<=", most), best, {f"{k} s": v.median for k, v in times.items()}, CALL
    )


def _memory(folder: Path) -> int:
    """What a process grows by, in bytes, when it opens the rows and looks at eleven columns."""
    code = "import sys, resource; from faceshards.bench.shards.million import grown; print(grown(sys.argv[1]))"
    return int(
        subprocess.run([sys.executable, "-c", code, str(folder)], check=True, capture_output=True, text=True).stdout
    )


def grown(folder: str) -> int:
    """Bytes of resident memory, mapped files included, that opening and touching eleven columns takes."""
    before = _resident()
    table = open_dataset(folder).columns(COLUMNS)
    _touch(table)
    return _resident() - before


def _resident() -> int:
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * PAGE_STEP


def make(folder: Path, one: Path, shards: int) -> None:
    """Shards that have a front record and an index, and a hole where their members would be: opening reads no others.
    `one` is a Parquet file of all their rows.
    """
    folder.mkdir()
    rng = np.random.default_rng(0)
    parts = [_index(rng, number) for number in range(min(shards, 20))]
    for number in range(shards):
        hollow(folder / f"s{number:05d}.tar", *parts[number % len(parts)])
    pq.write_table(pa.concat_tables([parts[number % len(parts)][1] for number in range(shards)]), one)


def hollow(tar: Path, front: Front, table: pa.Table) -> None:
    """A shard of a front record and an index alone."""
    tar.write_bytes(front.pack(front.body_size()))
    os.truncate(tar, front.length)
    with LocalFile(tar) as file:
        save(table, file)


def index_of(
    rng: np.random.Generator, keys: Sequence[str], members: Mapping[str, np.ndarray], facts: Sequence[dict[str, Any]]
) -> tuple[Front, pa.Table]:
    """The front record and the index of a shard, as if its members stood where they are said to: of each name the sizes
    int64 (rows,), `json` first.
    """
    sizes = np.stack(list(members.values()), axis=1)
    crcs = rng.integers(0, 1 << 32, sizes.shape)
    ends = np.cumsum(BLOCK + sizes + -sizes % BLOCK).reshape(sizes.shape) + BLOCK + Front().body_size()
    offsets = ends - sizes - -sizes % BLOCK
    starts = offsets[:, 0] - BLOCK
    names = [f"{key}.{name}".encode() for key in keys for name in members]
    made = generation(zip(names, sizes.ravel().tolist(), crcs.ravel().tolist(), strict=True))
    front = Front(made, int(ends[-1, -1]) + len(END), len(names), len(keys))
    extents = {name: np.stack([offsets[:, i], sizes[:, i], crcs[:, i]], axis=1) for i, name in enumerate(members)}
    spans = np.stack([starts, ends[:, -1] - starts], axis=1)
    return front, index_table(IndexRows(list(keys), spans, extents), [encode_json(one) for one in facts], front)


def _index(rng: np.random.Generator, number: int) -> tuple[Front, pa.Table]:
    keys = [f"clip{number:03d}_{i:06d}" for i in range(ROWS)]
    sizes = {name: rng.integers(1, 60_000, ROWS) for name in _MEMBERS}
    return index_of(rng, keys, sizes, [_facts(rng, key, i) for i, key in enumerate(keys)])


def _facts(rng: np.random.Generator, key: str, i: int) -> dict[str, Any]:
    return {
        "name": key, "container": "mp4", "source": "group.zip", "collection": "VFHQ", "licence": "research only",
        "identity": f"id{i % 50}", "fps": [25, 1], "frames": 75 + i, "width": 512, "height": 512, "duration": i / 25,
        "video_codec": "h264", "sound_codec": "aac", "sample_rate": 16000, "bytes": 400_000, "faces_max": 1,
        "face_share": rng.random(), "loudness_db": rng.normal(), "snr_db": rng.normal(), "score": rng.random(),
    }  # fmt: skip
