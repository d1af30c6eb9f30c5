"""What an epoch of windows costs, before it runs."""

import numpy as np
import pytest

from faceshards.loaders import ShardDataset, Window
from faceshards.media.sound.packets import sound_table
from faceshards.media.tables.packets import display_order, packet_table
from faceshards.media.tables.rows import narrow
from faceshards.shards.writer import ShardWriter


def write(path, clips, **columns):
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


@pytest.fixture
def clip(numbered, made):
    return made(numbered(60), "mp4", "libx264", {"g": "12", "bf": "2"})


def test_explain_says_about_what_windows_cost(numbered, made, tmp_path):
    clip = made(numbered(400), "mp4", "libx264", {"g": "25"})
    columns = {"x.npy": lambda frames: np.zeros((frames, 3))}
    path = write(tmp_path / "data" / "a.tar", {f"clip{number}": clip for number in range(24)}, **columns)
    dataset = ShardDataset(path, ["mp4", "x.npy"], window=Window(50))
    said = dataset.explain()
    loader = dataset.loader(24)
    list(loader)
    assert said.requests == loader.requests == 24 * 4  # json, table, packets, x.npy
    assert said.nbytes == pytest.approx(loader.bytes_read, rel=0.2)
