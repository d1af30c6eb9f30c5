"""Bulk: clips packed into a shard, and a shard rewritten with a column more, against the system's own cp."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from faceshards.bench.figure import Figure, ratio
from faceshards.bench.race import race
from faceshards.bench.shards.scale import ShardScale
from faceshards.shards.index.index import index_path
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.codecs import encode_npy
from faceshards.shards.storage.extent import FileExtent
from faceshards.shards.writer import ShardWriter

FILES = "cp: cp --reflink=never FILES DIR && sync --file-system DIR"
ONE = "cp one: cp --reflink=never FILE COPY && sync COPY"


def measure(scale: ShardScale, work: Path) -> Iterator[Figure]:
    """Packing and rewriting."""
    folder, shard, copies, copy = work / "clips", work / "pack.tar", work / "copies", work / "copy.tar"
    clips = _clips(folder, scale)
    total = sum(clip.stat().st_size for clip in clips)

    def pack() -> None:
        with ShardWriter(shard, expected_bytes=total + 2048 * len(clips)) as out:
            for clip in clips:
                out.add(clip.stem, {"json": {"name": clip.stem}, "mp4": FileExtent.whole(clip)})

    def copy_files() -> None:
        _run("cp", "--reflink=never", *map(str, clips), str(copies))
        _run("sync", "--file-system", str(copies))

    def copy_one() -> None:
        _run("cp", "--reflink=never", str(shard.with_suffix(".one")), str(copy))
        _run("sync", str(copy))

    def clean() -> None:
        shutil.rmtree(copies, ignore_errors=True)
        copies.mkdir()
        for path in (shard, index_path(shard), copy):
            path.unlink(missing_ok=True)
        os.sync()

    clean()
    pack()
    os.replace(shard, shard.with_suffix(".one"))
    times = race({"faceshards": pack, "cp": copy_files, "cp one": copy_one}, scale.runs, clean)
    size = f"{total / 2**30:.2g} GiB"
    yield ratio(f"pack {size} of mp4 files, synced", times, "cp", 1.5, FILES)
    yield ratio(f"pack {size} of mp4 files, synced", times, "cp one", 0.85, ONE)
    clean()
    os.replace(shard.with_suffix(".one"), shard)
    shutil.rmtree(folder)
    yield _rewritten(scale, shard, copy, size)
    clean()


def _rewritten(scale: ShardScale, shard: Path, copy: Path, size: str) -> Figure:
    column = encode_npy(np.zeros(1024, np.float32))

    def add() -> None:
        rewrite(shard, {"new.npy": lambda row: column})

    def copy_shard() -> None:
        _run("cp", "--reflink=never", str(shard), str(copy))
        _run("sync", str(copy))

    def clean() -> None:
        copy.unlink(missing_ok=True)
        os.sync()

    add()  # the column is there from now on: each run writes the same bytes
    times = race({"faceshards": add, "cp one": copy_shard}, scale.runs, clean)
    return ratio(f"rewrite a shard of {size}, one column of 4 KB more, synced", times, "cp one", 0.8, ONE)


def _clips(folder: Path, scale: ShardScale) -> list[Path]:
    folder.mkdir()
    rng = np.random.default_rng(0)
    clips = []
    for number in range(scale.videos // scale.video):
        clip = folder / f"clip{number:05d}.mp4"
        clip.write_bytes(rng.bytes(scale.video + number % 1000))
        clips.append(clip)
    return clips


def _run(*words: str) -> None:
    subprocess.run(words, check=True)
