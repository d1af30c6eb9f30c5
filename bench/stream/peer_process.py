"""Runs in the peers' own environment: webdataset, LitData and decord, called as their documentation advises.

A line of JSON in, a line of JSON out. Nothing of this project is imported here.
"""

from __future__ import annotations

import importlib
import io
import json
import multiprocessing
import os
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


def small_webdataset(urls: list[str], batch: int, batches: int) -> float:
    """Seconds of so many shuffled batches of two arrays, the first not counted."""
    import webdataset as wds

    dataset = (
        wds.WebDataset(urls, shardshuffle=len(urls), seed=0)
        .shuffle(1000)
        .decode()
        .to_tuple("a.npy", "b.npy")
        .batched(batch)
    )
    return timed(iter(wds.WebLoader(dataset, batch_size=None, num_workers=0)), batches)


def small_litdata_write(folder: str, count: int) -> None:
    """The same samples in LitData's own format."""
    import litdata

    shutil.rmtree(folder, ignore_errors=True)
    litdata.optimize(arrays, list(range(count)), folder, chunk_bytes="64MB", num_workers=1, start_method="fork")


def arrays(number: int) -> dict[str, Any]:
    """A sample of two arrays."""
    values = np.random.default_rng(number).normal(size=640).astype(np.float32)
    return {"a": values[:512], "b": values[512:]}


def small_litdata(folder: str, batch: int, batches: int) -> float:
    """Seconds of so many shuffled batches."""
    import litdata

    dataset = litdata.StreamingDataset(folder, shuffle=True)
    return timed(iter(litdata.StreamingDataLoader(dataset, batch_size=batch, num_workers=0)), batches)


class PeerWindow:
    """`frames` neighbours from a random start of an mp4, as decord's README reads them from memory."""

    def __init__(self, frames: int, side: int, threads: int) -> None:
        self.frames, self.side, self.threads = frames, side, threads

    def __call__(self, body: bytes) -> Any:
        import decord

        reader = decord.VideoReader(io.BytesIO(body), width=self.side, height=self.side, num_threads=self.threads)
        begin = random.randrange(len(reader) - self.frames + 1)
        return reader.get_batch(range(begin, begin + self.frames)).asnumpy()


class OfSample:
    """The window of a webdataset's or LitData's sample."""

    def __init__(self, window: PeerWindow) -> None:
        self.window = window

    def __call__(self, sample: dict[str, Any]) -> Any:
        return self.window(sample["mp4"])

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        allow_http()  # LitData's workers are started afresh


def allow_http() -> None:
    """Lets LitData talk to a store without a certificate, as that of this bench is."""
    if "AWS_ALLOW_HTTP" in os.environ:
        from litdata.streaming import downloader

        downloader._OBSTORE_CLIENT_OPTIONS["allow_http"] = True


def clips_webdataset(
    urls: list[str], frames: int, side: int, threads: int, workers: int, batch: int, batches: int
) -> list[float]:
    """[Seconds, processor seconds] of so many batches of windows, webdataset and decord, from files or over http."""
    import webdataset as wds

    dataset = (
        wds.WebDataset(urls, shardshuffle=len(urls), seed=0, nodesplitter=wds.split_by_node)
        .shuffle(16)
        .map(OfSample(PeerWindow(frames, side, threads)))
        .batched(batch)
        .repeat()
    )
    return measured(iter(wds.WebLoader(dataset, batch_size=None, num_workers=workers)), batches)


def megactor_write(tar: str, paths: list[str], numbers: list[int]) -> None:
    """A tar as MegActor's `1.pack_data.py` writes it, of clips of these numbers: the mp4 files in turn."""
    import webdataset as wds

    with wds.TarWriter(tar) as out:
        for number in numbers:
            with open(paths[number % len(paths)], "rb") as file:
                out.write({"__key__": f"clip{number:05d}", "mp4": file.read()})


def clips_litdata_write(urls: list[str], folder: str) -> None:
    """The same clips in LitData's own format."""
    import tarfile

    import litdata

    shutil.rmtree(folder, ignore_errors=True)
    bodies = []
    for url in urls:
        with tarfile.open(url) as tar:
            bodies += [(url, member.offset_data, member.size) for member in tar if member.name.endswith(".mp4")]
    # Eight chunks: where two workers share one, LitData 0.2.76 reads an empty sample (struct.error).
    litdata.optimize(clip, bodies, folder, chunk_size=max(1, len(bodies) // 8), num_workers=1, start_method="fork")


def clip(place: tuple[str, int, int]) -> dict[str, bytes]:
    """A sample of one video."""
    with open(place[0], "rb") as file:
        file.seek(place[1])
        return {"mp4": file.read(place[2])}


def clips_litdata(
    url: str, endpoint: str, cache: str, frames: int, side: int, threads: int, workers: int, batch: int, batches: int
) -> float:
    """Seconds of so many batches of windows, LitData and decord, the cache empty at the start."""
    import litdata

    allow_http()
    cache = f"{cache}/{time.time_ns()}"  # its own: workers of the run before may still be writing theirs
    os.makedirs(cache)
    options = {"endpoint_url": endpoint, "aws_access_key_id": "somebody", "aws_secret_access_key": "secret"}
    dataset = litdata.StreamingDataset(
        url,
        cache_dir=cache,
        shuffle=True,
        storage_options=options,
        transform=OfSample(PeerWindow(frames, side, threads)),
    )
    return timed(iter(litdata.StreamingDataLoader(dataset, batch_size=batch, num_workers=workers)), batches)


def frames_decord(paths: list[str], frames: int, begins: list[int]) -> list[list[int]]:
    """Which frames decord gives for a window, by the number that each picture spells (see `flash.py`)."""
    import decord

    found = []
    for path, begin in zip(paths, begins, strict=True):
        pictures = decord.VideoReader(path, num_threads=1).get_batch(range(begin, begin + frames)).asnumpy()
        found.append([spelled(picture) for picture in pictures])
    return found


def sound_decord(paths: list[str], frames: int, begins: list[int], rate: int) -> list[float]:
    """The sound that decord's AVReader gives with a window: the place of its click in seconds, -1 for none."""
    import decord

    found = []
    for path, begin in zip(paths, begins, strict=True):
        sound, _ = decord.AVReader(path, sample_rate=rate, mono=True)[begin : begin + frames]
        samples = np.concatenate([np.asarray(one.asnumpy()).reshape(-1) for one in sound])
        found.append(click(samples, rate))
    return found


def spelled(picture: np.ndarray) -> int:
    """The number that a picture's upper half spells in 12 bars."""
    upper = picture[: picture.shape[0] // 2].mean(axis=(0, 2))
    return sum(int(bar.mean() > 125) << bit for bit, bar in enumerate(np.array_split(upper, 12)))


def click(samples: np.ndarray, rate: int) -> float:
    """When the sound first exceeds half of its peak, in seconds; -1 where it is silent."""
    loud = np.abs(samples)
    return float(np.argmax(loud > loud.max() / 2) / rate) if loud.size and loud.max() > 0.1 else -1.0


def shuffled_webdataset(urls: list[str], buffer: int, field: str = ".json", seed: int = 0) -> list[str]:
    """The order of keys that webdataset's shuffle gives, of samples with a field."""
    import webdataset as wds

    dataset = wds.WebDataset(urls, shardshuffle=len(urls), seed=seed, select_files=lambda name: name.endswith(field))
    # Without a generator of its own its buffer draws by the clock.
    return [sample["__key__"] for sample in dataset.shuffle(buffer, rng=random.Random(seed))]


def timed(batches: Iterator[Any], count: int) -> float:
    """Seconds of `count` batches behind the first, which waits for workers to start."""
    return measured(batches, count)[0]


def measured(batches: Iterator[Any], count: int) -> list[float]:
    """[Seconds, processor seconds] of `count` batches behind the first."""
    next(batches)
    start, used = time.perf_counter(), spent()
    for _ in range(count):
        next(batches)
    return [time.perf_counter() - start, spent() - used]


def spent() -> float:
    """Processor seconds of this process and its workers so far (proc(5), `stat`)."""
    ticks = 0
    for pid in (os.getpid(), *(one.pid for one in multiprocessing.active_children())):
        with open(f"/proc/{pid}/stat") as file:
            ticks += sum(map(int, file.read().rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Answers calls until the input ends. The libraries are loaded while the data for them are made."""
    for name in ("decord", "litdata", "webdataset"):
        importlib.import_module(name)
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the libraries print must not stand between the answers
    functions: dict[str, Callable[..., Any]] = {name: one for name, one in globals().items() if callable(one)}
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"value": functions[asked["call"]](**asked["words"])}
        except Exception as error:  # noqa: BLE001 - it is told to the one who asked
            said = [line.strip() for line in str(error).splitlines() if "rror" in line]
            answer = {"error": f"{type(error).__name__}: {' | '.join(said)[:600]}"}
        out.write(json.dumps(answer) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
