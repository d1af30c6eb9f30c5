"""Shards to look at: a million rows, each of which plays, and one clip whose pictures carry boxes."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from faceshards.media.encode import encode as encode_video
from faceshards.media.sound import Sound
from faceshards.media.tables.packets import packet_table
from faceshards.shards.index.index import index_path
from faceshards.shards.schema.codecs import encode
from faceshards.shards.writer import ShardWriter

#: Rows of a shard.
ROWS = 1000
_RATE = Fraction(25)


def make_rows(folder: Path, shards: int) -> None:
    """`shards` shards of `ROWS` rows. All are one file under many names, which nothing that reads them can know."""
    folder.mkdir()
    first, rng = folder / "s00000.tar", np.random.default_rng(0)
    members, media = _clip(_pictures(25, 128))
    with ShardWriter(first) as writer:
        for row in range(ROWS):
            writer.add(f"clip{row:06d}", {"json": _facts(f"clip {row}", media, 25, 128) | _scores(rng), **members})
    for number in range(1, shards):
        name = folder / f"s{number:05d}.tar"
        os.link(first, name)
        os.link(index_path(first), index_path(name))


def make_clip(path: Path, pictures: int, side: int = 512) -> int:
    """A shard of one clip, which has a face box in every picture; the bytes of its middle group of pictures."""
    members, media = _clip(_pictures(pictures, side))
    faces = {
        "size": [side, side],
        "frames": pictures,
        "frame": list(range(pictures)),
        "track": [0] * pictures,
        "box": [[float(n % side // 2), 40.0, float(n % side // 2) + 100, 140.0] for n in range(pictures)],
        "points": [[[float(n % side // 2) + 50, 90.0]] * 5 for n in range(pictures)],
        "score": [0.9] * pictures,
        "full": [True] * pictures,
    }
    with ShardWriter(path) as writer:
        facts = _facts("clip", media, pictures, side)
        writer.add("clip", {"json": facts, **members, "faces.msg": encode("faces.msg", faces)})
    table, _ = packet_table(members["mp4"])
    return int(table[:, 3].sum()) * 25 // pictures


def _clip(pictures: np.ndarray) -> tuple[dict[str, bytes], dict[str, Any]]:
    tone = np.sin(np.arange(len(pictures) * 640) / 6).astype(np.float32) / 4
    body = encode_video(iter(pictures), _RATE, gop=25, sound=Sound(tone, 16000))
    table, media = packet_table(body)
    return {"mp4": body, "mp4.packets.npy": encode("mp4.packets.npy", table)}, media


def _pictures(count: int, side: int) -> np.ndarray:
    """Blots that drift: uint8 (count, side, side, 3)."""
    rng = np.random.default_rng(1)
    ground = rng.integers(30, 220, (side // 16, (side + 2 * count) // 16 + 1, 3), np.uint8).repeat(16, 0).repeat(16, 1)
    return np.stack([ground[:, 2 * number : 2 * number + side] for number in range(count)])


def _facts(name: str, media: dict[str, Any], frames: int, side: int) -> dict[str, Any]:
    return {
        "name": name, "container": "mp4", "video_codec": "h264", "sound_codec": "aac", "fps": [25, 1], "frames": frames,
        "width": side, "height": side, "duration": frames / 25, "media": {"mp4": media},
    }  # fmt: skip


def _scores(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "collection": str(rng.choice(["VFHQ", "CelebV-HQ", "HDTF"])), "face_share": rng.random(),
        "loudness_db": rng.normal(-20, 4), "snr_db": rng.normal(20, 6), "sync_confidence": rng.random() * 10,
    }  # fmt: skip
