"""Small clips of noise and of sound, packed into a shard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceshards.media.encode import encode
from faceshards.media.probe import probe
from faceshards.media.sound import Sound
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.shards.writer import ShardWriter


def pictures(count: int, seed: int) -> np.ndarray:
    """uint8 (count, 48, 64, 3): grey squares that wander."""
    rng = np.random.default_rng(seed)
    ground = np.repeat(np.repeat(rng.integers(0, 255, (6, 8, 3), np.uint8), 8, axis=0), 8, axis=1)
    return np.stack([np.roll(ground, (number, 2 * number), (0, 1)) for number in range(count)])


@pytest.fixture(scope="module")
def toy_shard(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """toy_shard(frames, broken=row): a shard of clips of so many frames, every second one silent; the body of one may
    end in rubbish.
    """

    def write(frames: Sequence[int], broken: int | None = None) -> Path:
        path = tmp_path_factory.mktemp("shard") / "toy.tar"
        with ShardWriter(path) as writer:
            for row, count in enumerate(frames):
                hum = Sound(np.sin(np.arange(16000 * count // 25) / 9).astype(np.float32), 16000)
                body = encode(pictures(count, row), Fraction(25), sound=None if row % 2 else hum)
                table, media = packet_table(body)
                facts: dict[str, Any] = {"name": f"clip {row}", "container": "mp4", **probe(body).scalars()}
                if row == broken:
                    at = body.index(b"mdat") + 200
                    body = body[:at] + bytes(len(body) - at - 200) + body[-200:]
                writer.add(
                    f"clip{row}",
                    {"json": facts | {"media": {"mp4": media}}, "mp4": body, "mp4.packets.npy": narrow(table)},
                )
        return path

    return write
