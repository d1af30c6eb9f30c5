"""Shards of clips, as packing writes them, and the samples of their windows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faceshards.loaders import ShardDataset
from faceshards.media.sound.packets import sound_table
from faceshards.media.tables.packets import display_order, packet_table
from faceshards.media.tables.rows import narrow
from faceshards.shards.writer import ShardWriter


def write(path: Path, clips: dict[str, bytes], **columns: Callable[[int], Any]) -> Path:
    """A shard of clips (name -> mp4 bytes) with their packet tables, as packing writes them; `columns` add more."""
    path.parent.mkdir(exist_ok=True)
    with ShardWriter(path) as writer:
        for name, clip in clips.items():
            table, media = packet_table(clip)
            facts = {"name": name, "frames": len(display_order(table)), "media": {"mp4": media}}
            members = {"json": facts, "mp4": clip, "mp4.packets.npy": narrow(table), "sound.packets.npy": None}
            if "sound" in name:
                sounds, facts["media"]["sound"] = sound_table(clip)
                members["sound.packets.npy"] = narrow(sounds)
            writer.add(name, members | {column: make(facts["frames"]) for column, make in columns.items()})
    return path


def sample(dataset: ShardDataset, key: str, epoch: int = 0) -> dict[str, Any]:
    """The sample of a key as an epoch draws it."""
    unit = dataset.plan.keys.to_pylist().index(key)
    return dataset.reader().sample(unit, epoch)


@pytest.fixture
def clip(numbered: Callable[..., Any], made: Callable[..., bytes]) -> bytes:
    """60 numbered pictures, a keyframe every 12."""
    return made(numbered(60), "mp4", "libx264", {"g": "12", "bf": "2"})
