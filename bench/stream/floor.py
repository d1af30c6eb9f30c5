"""What a window costs at least, part by part: `python -m faceshards.bench.stream.floor`.

Each line is the median of several runs in this process alone; divide a core's second by their sum for clips/s.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from statistics import median
from time import perf_counter, process_time

import numpy as np
import torch
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from faceshards.bench.stream.clips import GOP_25, encode, kinds_of
from faceshards.bench.stream.windows import FRAMES, SIDE
from faceshards.loaders.decode.batch import put
from faceshards.media.container import opened
from faceshards.media.tables.packets import packet_table
from faceshards.media.video.decode import window
from faceshards.media.video.planes import split
from faceshards.media.video.scaler import Scaler

_RUNS = 15
# Flat Y'CbCr pictures in BT.601's limited range, and its matrix (ITU-R BT.601-7, 2.5).
_COLOURS = [(90, 100, 200), (150, 60, 110), (60, 200, 120), (128, 128, 128), (200, 128, 128)]
_KR, _KB = 0.299, 0.114


def main() -> None:
    """Prints the table."""
    for side in (512, 256):
        _window(side)
    _paths()
    _hand_over()


def _window(side: int) -> None:
    body = encode(*kinds_of(side, 10, GOP_25, 1))
    table, facts = packet_table(body)
    start = 12  # in the middle of a group: 87 frames, the mean of random windows

    def read(start: int, stop: int) -> bytes:
        return body[start:stop]

    def decoded() -> None:
        with opened(body) as container:
            container.streams.video[0].thread_count = 1
            sum(1 for _ in islice(container.decode(video=0), start + FRAMES))

    _say(f"decode {start + FRAMES} frames of {side} px", decoded)
    cut = lambda: window(read, table, facts, start, FRAMES, size=(SIDE, SIDE))  # noqa: E731
    _say(f"a window of {FRAMES} frames of {side} px, scaled to {SIDE}", cut)


def _paths() -> None:
    """The paths to a smaller picture: time a picture, and how far from the formula flat colours come out."""
    noise = np.random.default_rng(0).integers(16, 235, (768, 512), np.uint8)
    picture, swscale, scaler = VideoFrame.from_ndarray(noise, "yuv420p"), VideoReformatter(), Scaler()
    out, planes = np.empty((SIDE, SIDE, 3), np.uint8), split(np.empty((SIDE * 3 // 2, SIDE), np.uint8))

    def packed(of: VideoFrame) -> np.ndarray:
        made = swscale.reformat(of, SIDE, SIDE, "rgb24", interpolation="BILINEAR", dst_color_range="JPEG", threads=1)
        return made.to_ndarray()

    def boxed(of: VideoFrame) -> np.ndarray:
        scaler.rgb(of, out)
        return out

    for name, scaled in (("FFmpeg's packed rgb24", packed), ("boxes of planes, one matrix", boxed)):
        off = [float((scaled(_flat(colour)).reshape(-1, 3) - _rgb(colour)).mean()) for colour in _COLOURS]
        of = f"{name}, {min(off):+.1f} to {max(off):+.1f} levels off"
        _say(f"a picture of 512 px at {SIDE}: {of}", partial(scaled, picture))
    _say(f"a picture of 512 px at {SIDE}: planes", lambda: scaler.planes(picture, planes))


def _flat(colour: tuple[int, int, int]) -> VideoFrame:
    luma, blue, red = (
        np.full((rows, 512), value, np.uint8) for rows, value in zip((512, 128, 128), colour, strict=True)
    )
    return VideoFrame.from_ndarray(np.concatenate([luma, blue, red]), "yuv420p")


def _rgb(colour: tuple[int, int, int]) -> np.ndarray:
    y, cb, cr = colour
    luma, blue, red = (y - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
    r, b = luma + 2 * (1 - _KR) * red, luma + 2 * (1 - _KB) * blue
    return np.clip(np.array([r, (luma - _KR * r - _KB * b) / (1 - _KR - _KB), b]) * 255, 0, 255)


def _hand_over() -> None:
    """A clip into a worker's shared memory, and out of it into the batch, while workers keep all cores busy."""
    clip = torch.ones((1, FRAMES, SIDE, SIDE, 3), dtype=torch.uint8)
    kept, place = torch.empty_like(clip).share_memory_(), np.zeros(1, np.int64)
    batch = torch.empty((2, *clip.shape[1:]), dtype=torch.uint8)

    def fresh() -> None:
        torch.UntypedStorage._new_shared(clip.nbytes).copy_(clip.untyped_storage())

    _say("a clip into fresh shared memory", fresh)
    _say("a clip into shared memory that was used before", lambda: put(kept, place, clip))
    with _busy():
        _say("beside busy workers: a clip into its batch, by numpy", lambda: put(batch, place, clip), process_time)
        _say("the same by torch, on all cores", lambda: batch[0].copy_(clip[0]), process_time)


@contextmanager
def _busy() -> Iterator[None]:
    """As many processes as there are cores that do nothing, at full speed."""
    spin = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(spin) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def _say(what: str, run: Callable[[], object], clock: Callable[[], float] = perf_counter) -> None:
    times = []
    for _ in range(_RUNS):
        start = clock()
        run()
        times.append(clock() - start)
    of = "processor time" if clock is process_time else "time"
    sys.stdout.write(f"{median(times) * 1e3:8.2f} ms {of:<14}  {what}\n")


if __name__ == "__main__":
    main()
