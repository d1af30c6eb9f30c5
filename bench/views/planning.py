"""What planning the pairs of very many persons' sounds and pictures takes: seconds and memory of a rank."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from faceshards.bench.figure import Figure
from faceshards.bench.shards.million import ROWS, hollow, index_of
from faceshards.bench.views.scale import ViewScale
from faceshards.shards.index.dataset import open_dataset
from faceshards.shards.schema.codecs import encode
from faceshards.shards.writer import ShardWriter

# Of each person; of ten shards one holds pictures.
_SOUNDS, _PICTURES, _TENTH = 180, 20, 10
_SPECTROGRAM = encode("spectrogram.npy", np.zeros((2, 257, 601), np.float32))

PLAN = """
import sys, time
import numpy as np
from faceshards.loaders import ShardDataset
from faceshards.loaders.views import SpeechFace
import torch
def peak():  # of this program; ru_maxrss begins at that of the process that started it
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
before, start, used = peak(), time.perf_counter(), time.process_time()
dataset = ShardDataset(sys.argv[1], view=SpeechFace(sys.argv[2]))
order = dataset.order(0)
order.draws(np.arange(min(48, len(order))))
print(time.perf_counter() - start, (peak() - before) / 1e3, len(dataset), time.process_time() - used)
"""


def planned_figures(work: Path, scale: ViewScale) -> Iterator[Figure]:
    """Of rows of which nine in ten are sounds: all pairs, 18 times as many as rows, and each sound with one picture.

    The rows are planned and the epoch's first units found in a process of its own, its libraries loaded; the data
    set's merged index is there, as it is after the first time. At most 200 MB for 10^6 rows, mapped files among them.
    """
    for thousands in scale.planned:
        folder = write_rows(work / f"planned-{thousands}", thousands)
        open_dataset(folder)  # makes the merged index
        for pairs in ("all", "all-to-one"):
            seconds, memory, units, processor = _planned(folder, pairs)
            rows = f"speech_face, {thousands * ROWS:,} rows, {units:,.0f} pairs ({pairs})"
            told = {"seconds": seconds, "CPU seconds": processor}
            yield Figure(f"{rows}: memory of their plan", memory, "MB", ("<=", 200), None, told)


def _planned(folder: Path, pairs: str) -> tuple[float, ...]:
    words = [sys.executable, "-c", PLAN, str(folder), pairs]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    return tuple(map(float, done.stdout.split()))


def write_rows(folder: Path, thousands: int) -> Path:
    """Shards of a thousand rows that are an index alone, as `faceshards pack speech-face` lays persons out: sounds in
    some, pictures in others, person after person; and one real sound, by which the view knows their shape.
    """
    folder.mkdir()
    rng = np.random.default_rng(0)
    pictures = max(1, thousands // _TENTH)
    _write_first(folder / "first.tar")
    for number in range(thousands):
        picture = number < pictures
        each, first = (_PICTURES, number) if picture else (_SOUNDS, number - pictures)
        people = (first * ROWS + np.arange(ROWS)) // each
        keys = [f"p{person:05d}-{'f' if picture else 's'}{first * ROWS + row}" for row, person in enumerate(people)]
        body = np.full(ROWS, 16512 if picture else len(_SPECTROGRAM))
        members = {"json": rng.integers(150, 400, ROWS), "face_embedding.npy" if picture else "spectrogram.npy": body}
        facts = [{"name": key, "identity": f"p{person:05d}"} for key, person in zip(keys, people, strict=True)]
        hollow(folder / f"{'faces' if picture else 'sounds'}-{first:05d}.tar", *index_of(rng, keys, members, facts))
    return folder


def _write_first(tar: Path) -> None:
    with ShardWriter(tar, durable=False) as writer:
        writer.add("p00000-first", {"json": {"name": "first", "identity": "p00000"}, "spectrogram.npy": _SPECTROGRAM})
