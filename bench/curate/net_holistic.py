"""`dwpose` by MediaPipe's networks on a person whose hands are in view, against MediaPipe Holistic."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np

from faceshards.bench.curate.scale import CurateScale
from faceshards.bench.figure import Figure, ratio
from faceshards.bench.race import race
from faceshards.curation.stages.dwpose.mediapipe import MediaPipe
from faceshards.errors import UsageError
from faceshards.media.video.chunks import Chunk
from faceshards.media.video.decode import frames

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".oracles" / "bin" / "python"
#: A real clip, 1080 x 1920, of a woman who holds her hands together; no such clip may be shipped.
CLIP = Path(os.environ.get("FACESHARDS_REAL", ROOT.parent / "shared" / "real")) / "video" / "latentsync_demo1.mp4"
_COUNT, _SIDE, _ROWS = 40, 512, slice(528, 1608)
_CALL = "mediapipe.solutions.holistic.Holistic().process(picture), one core"


class _Nets(dict[str, Any]):
    """The networks without queues: they are awaited, and what they take is counted."""

    def __init__(self, backend: MediaPipe) -> None:
        super().__init__({name: self._timed(net.run) for name, net in backend.networks().items()})
        self.seconds = 0.0

    def _timed(self, run: Callable[..., Sequence[np.ndarray]]) -> Callable[..., Any]:
        async def call(*rows: np.ndarray) -> Sequence[np.ndarray]:
            start = time.process_time()
            found = run(*rows)
            self.seconds += time.process_time() - start
            return found

        return call


class _Clip:
    """Pictures in memory as a stage's clip, and its outlet: how many hands came."""

    def __init__(self, pictures: np.ndarray) -> None:
        self._pictures, self.hands = pictures, 0

    async def frames(self) -> AsyncIterator[Chunk]:
        yield Chunk(np.arange(len(self._pictures)), self._pictures, lambda: np.arange(len(self._pictures)) / 25)

    def add(self, column: str, rows: np.ndarray) -> None:
        if column == "dwpose_score.npy":
            self.hands += int((rows[:, [92, 113]] > 0).sum())


def measure(scale: CurateScale) -> Iterator[Figure]:
    """CPU time of Holistic over that of ours for the same frames, in turns, and what of ours the networks take. Nothing
    where the clip is not here. Raises UsageError without mediapipe.
    """
    if not CLIP.exists():
        return
    if not PYTHON.exists():
        raise UsageError(f"{PYTHON}: mediapipe is not installed: run `make peers` first")
    shown = islice(frames(CLIP), _COUNT)
    pictures = np.stack([cv2.resize(one[_ROWS], (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) for one in shown])
    backend = MediaPipe(0.5, 10)
    nets, clip = _Nets(backend), _Clip(pictures)

    def ours() -> float:
        nets.seconds, clip.hands = 0.0, 0
        start = time.process_time()
        asyncio.run(backend.look(clip, clip, nets))  # type: ignore[arg-type]
        return time.process_time() - start

    with tempfile.NamedTemporaryFile(suffix=".npy") as file:
        np.save(file, pictures)
        file.flush()
        script = Path(__file__).with_name("holistic_oracle.py")
        command = ["taskset", "-c", "0", str(PYTHON), str(script), file.name]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as peer:
            assert peer.stdin is not None and peer.stdout is not None
            theirs = _Peer(peer.stdin, peer.stdout)
            times = race({"faceshards": ours, "mediapipe": theirs}, scale.runs)
            peer.stdin.close()
    hands = f"{clip.hands} hands of {2 * len(pictures)}, theirs {theirs.hands}"
    yield ratio(f"dwpose, embedded, both hands in view, {_SIDE} px ({hands})", times, "mediapipe", 0.8, _CALL)
    each, networks = times["faceshards"].median / _COUNT, nets.seconds / _COUNT
    yield Figure("of it the networks' own time", 1000 * networks, "ms a frame", peers={"all of it, ms": 1000 * each})


class _Peer:
    """Holistic in its process: asked once, it says the seconds that it took."""

    def __init__(self, ask: IO[bytes], answer: IO[bytes]) -> None:
        self._ask, self._answer, self.hands = ask, answer, 0

    def __call__(self) -> float:
        self._ask.write(b"\n")
        self._ask.flush()
        seconds, hands = self._answer.readline().split()
        self.hands = int(hands)
        return float(seconds)
