"""Shards of portraits whose frames spell their number by how light they are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.shards.writer import ShardWriter

SIDE, FRAMES = 96, 70
#: Where the face is in every frame: 0.31 of the picture.
BOX = [24.0, 20.0, 72.0, 80.0]


def levels(numbers: Any) -> np.ndarray:
    """How light the frames of these numbers are."""
    return 22 + 3 * np.asarray(numbers)


def numbers_of(pictures: np.ndarray) -> list[int]:
    """The numbers of pictures (F, 3, H, W) or (F, H, W, 3), by their mean."""
    return np.round((pictures.reshape(len(pictures), -1).mean(axis=1) - 22) / 3).astype(int).tolist()


def flat(tint: tuple[int, int, int] = (0, 0, 0), side: int = SIDE, count: int = FRAMES) -> list[np.ndarray]:
    """Pictures of one colour each."""
    return [np.full((side, side, 3), np.add(level, tint), np.uint8) for level in levels(range(count))]


def faces(frames: Any = range(FRAMES), box: Any = BOX) -> dict[str, Any]:
    """A `faces.msg` of one face."""
    frames = list(frames)
    return {"size": [SIDE, SIDE], "frames": FRAMES, "frame": frames, "track": [0] * len(frames), "box": [box] * len(frames)}  # fmt: skip # noqa: E501


def poses(frames: int = FRAMES) -> dict[str, np.ndarray]:
    """Points of one person: a body in the middle, 68 points of the face in its box."""
    random = np.random.default_rng(0)
    points = random.uniform(10, 86, (134, 2))
    points[24:92] = random.uniform(BOX[:2], BOX[2:], (68, 2))
    points[[*range(41, 46), *range(60, 66)]] = [34, 40]
    points[[*range(46, 51), *range(66, 72)]] = [62, 40]
    points[72:92] = [48, 66]
    return {
        "dwpose.npy": np.tile(points.astype(np.float32), (frames, 1, 1)),
        "dwpose_score.npy": np.ones((frames, 134), np.float32),
        "dwpose_frame.npy": np.arange(frames),
    }


@pytest.fixture(scope="session")
def footage(made: Callable[..., bytes]) -> dict[str, bytes]:
    """A clip, its twins (one red, one blue), and masks whose right half is a person."""
    mask = np.zeros((SIDE, SIDE, 3), np.uint8)
    mask[:, SIDE // 2 :, 1] = 255
    lossless = {"g": "10", "crf": "1", "bf": "2"}
    return {
        "mp4": made(flat(), "mp4", "libx264", lossless),
        "swapped.mp4": made(flat((20, 0, -20)), "mp4", "libx264", lossless),
        "styled.mp4": made(flat((-20, 0, 20)), "mp4", "libx264", lossless),
        "mask.mp4": made([mask] * FRAMES, "mp4", "libx264", lossless),
    }


@pytest.fixture
def write(tmp_path: Path, footage: dict[str, bytes]) -> Callable[..., Path]:
    """write(clips, name="a"): a shard of portraits; `clips` are the members that differ by sample, None leaves one
    out.
    """

    def write(clips: dict[str, dict[str, Any]], name: str = "a") -> Path:
        path = tmp_path / "data" / f"{name}.tar"
        path.parent.mkdir(exist_ok=True)
        with ShardWriter(path) as writer:
            also = dict.fromkeys(name for changes in clips.values() for name in changes)
            for key, changes in clips.items():
                members = {**also, **footage, "faces.msg": faces(), **poses(), **changes}
                facts: dict[str, Any] = {"frames": FRAMES, "fps": [25, 1], "container": "mp4", "media": {}}
                for video in footage:
                    members[f"{video}.packets.npy"] = None
                    if members[video] is not None:
                        table, facts["media"][video] = packet_table(members[video])
                        members[f"{video}.packets.npy"] = narrow(table)
                writer.add(key, {"json": facts, **members})
        return path

    return write
