"""One clip's sound out of the shards, as a wav: what the demo's inference listens to."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from faceshards.media.sound import read_sound
from faceshards.shards.filters.where import matching
from faceshards.shards.reader import Shard
from faceshards.shards.storage.find import find_shards


def extract_voice(shards: Path, where: str, out: Path) -> str | None:
    """Writes the sound of the first clip that matches as 16 kHz mono 16-bit wav; returns its name, None if none
    matches.
    """
    for path in find_shards(shards):
        with Shard(path) as shard:
            if "snr_db" not in shard.index.column_names:
                continue
            for row in matching(shard.index, where)[:1]:
                sound = read_sound(shard.read(int(row), shard.video()), rate=16_000)
                with wave.open(str(out), "wb") as file:
                    file.setnchannels(1)
                    file.setsampwidth(2)
                    file.setframerate(sound.rate)
                    file.writeframes((np.clip(sound.samples, -1, 1) * 32767).astype("<i2").tobytes())
                return str(shard.json(int(row))["name"])
    return None
