"""Small shards of real members, written by the real writer."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter


def members(number: int) -> dict[str, Any]:
    """A sample whose values all tell its number."""
    return {
        "json": {"name": f"clip {number}", "number": number, "face_points": [float(number)] * 10},
        "x.npy": encode("x.npy", np.full((2, 3), number, np.float32)),
        "ragged.npy": encode("ragged.npy", np.arange(number % 3, dtype=np.int64)),
        "big.npy": encode("big.npy", np.zeros(5000, np.uint8)),
        "face.jpg": encode("face.jpg", np.full((224, 224, 3), number % 256, np.uint8)),
    }


@pytest.fixture
def write_shard(tmp_path: Path) -> Callable[..., Path]:
    """write_shard(name, numbers, change=None): a shard of these samples; `change(number, members)` edits one."""

    def write(name: str, numbers: Iterable[int], change: Callable[[int, dict[str, Any]], None] | None = None) -> Path:
        path = tmp_path / "data" / f"{name}.tar"
        path.parent.mkdir(exist_ok=True)
        with ShardWriter(path, provenance=[Provenance("pack", 1)]) as writer:
            for number in numbers:
                sample = members(number)
                if change is not None:
                    change(number, sample)
                writer.add(f"{name}-{number:04d}", sample)
        return path

    return write


@pytest.fixture
def data(write_shard: Callable[..., Path]) -> Path:
    """A folder of three shards of 40, 7 and 53 samples, numbered 0 to 99."""
    write_shard("a", range(40))
    write_shard("b", range(40, 47))
    return write_shard("c", range(47, 100)).parent
