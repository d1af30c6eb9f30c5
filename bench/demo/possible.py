"""What a user's clips allow: which stages a shard can go through, whether there is enough to train on; and the words
for what they do not allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faceshards.bench.demo.road import ALL_STAGES, TRAINABLE
from faceshards.curation.engine.need import SoundOf
from faceshards.curation.engine.stage import Stage
from faceshards.curation.table import stage_table
from faceshards.errors import ColumnError, UsageError
from faceshards.loaders.plan.plan import resolve
from faceshards.loaders.views.speech_to_face import VoiceWithFace
from faceshards.models.weights.registry import entry, locate
from faceshards.shards.reader import Shard
from faceshards.shards.storage.find import find_shards

#: Batch norm needs two.
LEAST = 2
_LEFT_OUT = "training and speech-to-face are left out"


def possible_stages(shards: Path) -> tuple[dict[str, str], list[str]]:
    """The stages for each shard under a folder, by its name there, as `--stages` takes them; and a line for each shard
    that does not allow all.
    """
    stages, notes, table = {}, [], stage_table()
    kinds = [table[name] for name in ALL_STAGES.split(",")]
    without = _without_models(kinds)
    for path in find_shards(shards):
        name = str(path.relative_to(shards))
        with Shard(path) as shard:
            barred = without | _barred(shard, kinds)
        stages[name] = ",".join(stage for stage in ALL_STAGES.split(",") if stage not in barred)
        why = dict.fromkeys(barred.values())
        notes += [f"{name}: {reason}: no {', '.join(s for s in barred if barred[s] == reason)}." for reason in why]
    return stages, notes


def _without_models(kinds: Sequence[type[Stage[Any]]]) -> dict[str, str]:
    """Stages whose model files are not here, or that need one that is not made then, and why."""
    barred: dict[str, str] = {}
    lost: set[str] = set()
    for stage in [kind() for kind in kinds]:
        absent = [name for name in stage.weights if locate(entry(name)) is None]
        if absent or lost.intersection(stage.reads):
            barred[stage.name] = "model files are not here (faceshards weights pull embedded)"
            lost.update(stage.columns)
    return barred


def _barred(shard: Shard, kinds: Sequence[type[Stage[Any]]]) -> dict[str, str]:
    """Stages that no clip of a shard allows, and why."""
    silent = "sound_codec" not in shard.index.column_names or shard.index["sound_codec"].null_count == len(shard)
    listening = [kind.name for kind in kinds if any(isinstance(need, SoundOf) for need in kind().needs())]
    barred = dict.fromkeys(listening if silent else (), "no clip has sound")
    return barred | ({"swap": "there is no other clip to take a face from"} if len(shard) == 1 else {})


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
