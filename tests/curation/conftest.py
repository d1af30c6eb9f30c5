"""Small real shards: clips of two public-domain portraits in motion, some with a synthetic voice."""

import os
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import matplotlib.cbook
import numpy as np
import pytest
from PIL import Image

from faceshards.media.encode import encode
from faceshards.media.probe import probe
from faceshards.media.sound import Sound
from faceshards.media.tables.packets import packet_table
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode_npy
from faceshards.shards.schema.keys import encode_key
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter

MADE = Provenance("pack", 1)
#: The clips of the fixture `shard`, and the frames of each.
NAMES = ["astro 1", "hopper.1", "astro 2", "hopper.2", "astro 3", "hopper.3"]
FRAMES = [8, 10, 12, 14, 16, 18]
ROOT = Path(__file__).resolve().parents[2]
#: For subprocesses: they find the checkout, and nothing of Ray's is told to anyone.
ROOT_ENV = {**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"}


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """uint8 (256, 256, 3): a face about 90 pixels wide, near the middle."""
    from skimage import data

    return np.ascontiguousarray(data.astronaut()[0:256, 96:352])


@pytest.fixture(scope="session")
def hopper() -> np.ndarray:
    """uint8 (256, 256, 3): another face, in uniform."""
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        picture = Image.open(file).convert("RGB").resize((410, 480), Image.Resampling.LANCZOS)
    return np.ascontiguousarray(np.asarray(picture)[10:266, 80:336])


def moved(picture: np.ndarray, count: int, amplitude: int = 10) -> np.ndarray:
    """The picture swaying from side to side: uint8 (count, H, W, 3); frame i is moved right by `sway(i)` pixels."""
    return np.stack([np.roll(picture, sway(i, amplitude), axis=1) for i in range(count)])


def sway(i: int, amplitude: int = 10) -> int:
    return round(amplitude * np.sin(i / 4))


def voice(seconds: float, rate: int = 16000, pitch: float = 150.0) -> Sound:
    """A buzz in syllables."""
    t = np.arange(round(seconds * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in range(1, 8))
    return Sound((0.2 * buzz * (0.1 + 0.9 * (np.sin(2 * np.pi * 4 * t) > 0))).astype(np.float32), rate)


def clip_of(frames: np.ndarray, sound: Sound | None = None, fps: int = 25) -> bytes:
    return encode(frames, Fraction(fps), sound=sound)


def sample(name: str, body: bytes, container: str = "mp4", **facts: Any) -> dict[str, Any]:
    """The members of a packed clip; one that does not decode gets an empty packet table."""
    json: dict[str, Any] = {"name": name, "container": container, "failures": [], **facts}
    table = np.zeros((0, 6), np.int64)
    if facts.get("broken") is None:
        table, media = packet_table(body)
        json |= {**probe(body).scalars(), "media": {container: media}}
    json["made"] = {container: MADE.fingerprint}
    return {"json": json, container: body, f"{container}.packets.npy": encode_npy(table)}


def write_shard(path: Path, samples: Mapping[str, Mapping[str, Any]]) -> Path:
    """A shard of clips by name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ShardWriter(path, provenance=[MADE]) as writer:
        for name, members in samples.items():
            writer.add(encode_key(name), members)
    return path


@pytest.fixture(scope="session")
def bodies(astronaut: np.ndarray, hopper: np.ndarray) -> dict[str, bytes]:
    """Six short clips of two people, the odd ones without sound."""
    made = {}
    for i, name in enumerate(NAMES):
        frames = moved(astronaut if name.startswith("astro") else hopper, 8 + 2 * i, 6 + i)
        made[name] = clip_of(frames, voice(len(frames) / 25, pitch=120 + 20 * i) if i % 2 == 0 else None)
    return made


@pytest.fixture
def shard(tmp_path: Path, bodies: dict[str, bytes]) -> Path:
    """A shard of these six clips: 78 frames."""
    people = {name: sample(name, body, identity=name[:5]) for name, body in bodies.items()}
    return write_shard(tmp_path / "data" / "group.tar", people)


@pytest.fixture
def some_shard(tmp_path: Path, bodies: dict[str, bytes]) -> Callable[..., Path]:
    """some_shard(stem, *names): a shard of some of the six clips."""

    def write(stem: str, *names: str) -> Path:
        return write_shard(tmp_path / "data" / f"{stem}.tar", {name: sample(name, bodies[name]) for name in names})

    return write


def jsons(path: Path) -> list[dict]:
    """The json of each sample."""
    with Shard(path) as shard:
        return [shard.json(row) for row in range(len(shard))]


def column(path: Path, name: str) -> list:
    """A column's value of each sample."""
    with Shard(path) as shard:
        return [shard.get(row, name) for row in range(len(shard))]


def failures(path: Path) -> dict[str, dict[str, str]]:
    """Clip -> stage -> code."""
    return {facts["name"]: {one["stage"]: one["code"] for one in facts["failures"]} for facts in jsons(path)}
