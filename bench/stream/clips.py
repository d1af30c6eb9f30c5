"""Clips to measure with: a picture that sways and speaks in its middle, under the grain of a sensor."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from faceshards.media.encode import FOR_TRAINING
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.shards.writer import ShardWriter

FPS = 25

#: Options of x264: keyframes a second apart and cheap to decode, as this project encodes; and its own defaults, as
#: MegActor's packer leaves them. Both at x264's default quality (CRF 23), so that neither is the better for bytes.
GOP_25: Mapping[str, str] = {"g": "25", **FOR_TRAINING}
DEFAULTS: Mapping[str, str] = {}


@dataclass(frozen=True)
class ClipKind:
    """A clip's side in pixels, its length in seconds, x264's options, which of the different clips it is, and how many
    frames a second.
    """

    side: int
    seconds: int
    options: tuple[tuple[str, str], ...]
    number: int
    rate: int = FPS


def frames(side: int, count: int, number: int) -> Iterator[np.ndarray]:
    """Pictures uint8 (side, side, 3) RGB."""
    random = np.random.default_rng(number)
    ground = np.full((side, side, 3), 128, np.float32)
    for cells, weight in ((4, 30), (9, 20), (24, 10), (64, 7)):
        coarse = random.normal(size=(cells, cells, 3)).astype(np.float32) * weight
        ground += cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    x, y = np.meshgrid(np.linspace(-1, 1, side, dtype=np.float32), np.linspace(-1, 1, side, dtype=np.float32))
    head = np.exp(-(((x / 0.55) ** 2 + (y / 0.7) ** 2) ** 2))
    for frame in range(count):
        time = frame / FPS
        sway, nod = 0.08 * np.sin(1.3 * time + number), 0.06 * np.sin(0.9 * time)
        jaw = 0.05 * np.abs(np.sin(9 * time)) * np.exp(-(((y - 0.3) / 0.25) ** 2)) * (y - 0.3)
        map_x = (x + head * (sway + 0.02 * np.sin(7 * y + 3 * time)) + 1) * (side - 1) / 2
        map_y = (y + head * (nod + 6 * jaw) + 1) * (side - 1) / 2
        picture = cv2.remap(ground, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR)
        grain = random.normal(0, 1.5, (side, side, 1)).astype(np.float32)
        yield np.clip(picture + grain, 0, 255).astype(np.uint8)


def encode(kind: ClipKind) -> bytes:
    """An mp4 of H.264."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=kind.rate, options={"threads": "1", **dict(kind.options)})
        stream.width = stream.height = kind.side
        stream.pix_fmt = "yuv420p"
        for picture in frames(kind.side, kind.seconds * kind.rate, kind.number):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        out.mux(stream.encode())
    return buffer.getvalue()


_encoded: dict[ClipKind, bytes] = {}


def kinds_of(side: int, seconds: int, options: Mapping[str, str], count: int, rate: int = FPS) -> list[ClipKind]:
    """So many clips that differ in their pictures only."""
    return [ClipKind(side, seconds, tuple(options.items()), number, rate) for number in range(count)]


def prepare(kinds: Sequence[ClipKind]) -> None:
    """Encodes those that no part of the bench has asked for yet, two at a time."""
    new = [kind for kind in kinds if kind not in _encoded]
    with ProcessPoolExecutor(2) as pool:
        _encoded.update(zip(new, pool.map(encode, new), strict=True))


def bodies_of(kinds: Sequence[ClipKind]) -> list[bytes]:
    """The clips' mp4, encoded once."""
    prepare(kinds)
    return [_encoded[kind] for kind in kinds]


def shards(folder: Path, side: int, seconds: int, options: Mapping[str, str], kinds: int, clips: int) -> Path:
    """A folder of four shards of `clips` clips, `kinds` of them different, with scores by which to choose."""
    folder.mkdir(parents=True)
    bodies = bodies_of(kinds_of(side, seconds, options, kinds))
    tables = [packet_table(body) for body in bodies]
    per_shard = -(-clips // 4)
    for start in range(0, clips, per_shard):
        with ShardWriter(folder / f"clips-{start // per_shard:03d}.tar", durable=False) as writer:
            for number in range(start, min(start + per_shard, clips)):
                body, (table, media) = bodies[number % kinds], tables[number % kinds]
                facts = {"frames": seconds * FPS, "fps": [FPS, 1], "number": number, "media": {"mp4": media}}
                writer.add(f"clip{number:05d}", {"json": facts, "mp4": body, "mp4.packets.npy": narrow(table)})
    return folder


def bit_rate(folder: Path, seconds: int, clips: int) -> float:
    """Mean kbit/s of the clips in a folder."""
    return sum(path.stat().st_size for path in folder.glob("*.tar")) * 8 / 1000 / (seconds * clips)
