"""What a user's clips allow: which stages a shard can go through, whether there is enough to train on; and the words
for what they do not allow.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from faceshards.bench.demo.road import ALL_STAGES, TRAINABLE
from faceshards.errors import ColumnError, UsageError
from faceshards.loaders.plan.plan import resolve
from faceshards.loaders.views.speech_to_face import VoiceWithFace
from faceshards.shards.reader import Shard
from faceshards.shards.storage.find import find_shards

#: Batch norm needs two.
LEAST = 2
_OF_SOUND = {"spectrogram", "loudness"}
_LEFT_OUT = "training and speech-to-face are left out"


def possible_stages(shards: Path) -> tuple[dict[str, str], list[str]]:
    """The stages for each shard under a folder, by its name there, as `--stages` takes them; and a line for each shard
    that does not allow all.
    """
    stages, notes = {}, []
    for path in find_shards(shards):
        name = str(path.relative_to(shards))
        with Shard(path) as shard:
            barred = dict(_barred(shard))
        stages[name] = ",".join(stage for stage in ALL_STAGES.split(",") if stage not in barred)
        why = dict.fromkeys(barred.values())
        notes += [f"{name}: {reason}: no {' and '.join(s for s in barred if barred[s] == reason)}." for reason in why]
    return stages, notes


def _barred(shard: Shard) -> Iterator[tuple[str, str]]:
    """Stages that no clip of a shard allows, and why."""
    silent = "sound_codec" not in shard.index.column_names or shard.index["sound_codec"].null_count == len(shard)
    if silent:
        yield from ((stage, "no clip has sound") for stage in sorted(_OF_SOUND, reverse=True))
    if len(shard) == 1:
        yield "swap", "there is no other clip to take a face from"


def trainable_clips(shards: Path) -> int:
    """How many clips under a folder have all that training needs: a face, sound, and a spectrogram."""
    try:
        return len(resolve([shards], VoiceWithFace.columns, TRAINABLE, "skip"))
    except (ColumnError, UsageError):  # no row, or none that has the columns
        return 0


def untrained(clips: int) -> str:
    """Why nothing is trained; empty where it is."""
    if clips >= LEAST:
        return ""
    if clips:
        return f"Only one clip has both a face and sound, and training takes two: {_LEFT_OUT}."
    return f"No clip has both a face and sound: {_LEFT_OUT}."
