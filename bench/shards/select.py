"""One column of many: all json of a shard full of video, its index not loaded yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import webdataset

from faceshards.bench.figure import Figure, ratio
from faceshards.bench.race import race
from faceshards.bench.shards.scale import ShardScale
from faceshards.shards.index.index import index_path
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter

PAGE = 4096
CALL = 'webdataset: WebDataset(path, shardshuffle=False, select_files=lambda name: name.endswith(".json"))'


def measure(scale: ShardScale, work: Path) -> Iterator[Figure]:
    """Time and bytes."""
    path = work / "select.tar"
    rng = np.random.default_rng(0)
    with ShardWriter(path, durable=False) as out:
        for i in range(scale.clips):
            facts = {"name": f"clip {i}", "frames": 75, "snr_db": i / 7}
            out.add(f"k{i:06d}", {"json": facts, "mp4": rng.bytes(scale.clip), "x.npy": rng.bytes(500)})

    def ours() -> list[bytes]:
        with Shard(path) as shard:
            return shard.read_column("json")

    def theirs() -> list[bytes]:
        dataset = webdataset.WebDataset(str(path), shardshuffle=False, select_files=lambda name: name.endswith(".json"))
        return [sample["json"] for sample in dataset]

    assert ours() == theirs()
    times = race({"faceshards": ours, "webdataset": theirs}, scale.runs)
    yield ratio(f"read all json of {scale.clips:,} samples of {scale.clip // 1000} KB", times, "webdataset", 50, CALL)
    with Shard(path) as shard:
        opened = shard.bytes_read
        shard.read_column("json")
        extents = [shard.extent(row, "json") for row in range(len(shard))]
        pages = sum(-(-(e.offset + e.size) // PAGE) * PAGE - e.offset // PAGE * PAGE for e in extents)
        read = shard.bytes_read - opened
    index = index_path(path).stat().st_size
    yield Figure(
        "its bytes read over the json extents rounded to pages",
        read / pages,
        "",
        ("<=", 1.1),
        None,
        {"read": read, "pages": pages},
    )
    yield Figure("its index, read whole", index / 1000, "KB")
    for gone in (path, index_path(path)):
        gone.unlink()
