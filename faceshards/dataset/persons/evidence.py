"""What is known of each clip: its name where it has one, its main face, and who is heard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from faceshards.dataset.clips import ShardClips
from faceshards.dataset.named import PERSON, named
from faceshards.jobs.progress import Advance
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.version import CHANGED, Changed

_FACES, _TRACKS, _PERSONS, _TABLE, _VOICE = (
    "identity.npy",
    "identity_track.npy",
    "identity_person.npy",
    "faces.msg",
    "voice.npy",
)


@dataclass(frozen=True)
class Evidence:
    """Of N clips: where each stands, `stems` and `keys`; its `names` and the person that was `found` before, None
    without; `faces` float32 (F, D) of the rows `with_face` (F,) int64, and `voices` float32 (V, 256), of length 1, of
    the rows `with_voice` (V,).
    """

    stems: Sequence[str]
    keys: Sequence[str]
    names: Sequence[str | None]
    found: Sequence[str | None]
    faces: np.ndarray
    with_face: np.ndarray
    voices: np.ndarray
    with_voice: np.ndarray

    def __len__(self) -> int:
        return len(self.keys)


def gathered(
    shards: Sequence[ShardClips], options: StoreOptions | None = None, advance: Advance = lambda done, known: None
) -> Evidence:
    """What shards, listed with their names, know of their clips, in their order. Only the columns of faces and voices
    are read. Raises DamagedShard, and `Changed` where a shard is another version than the one that was listed.
    """
    faces: dict[int, np.ndarray] = {}
    voices: dict[int, np.ndarray] = {}
    start = 0
    for number, one in enumerate(shards):
        with Shard(one.place, options) as shard:
            if shard.generation != one.generation:
                raise Changed(f"{one.place}: {CHANGED}")
            faces |= {start + row: face for row, face in _faces(shard)}
            voices |= {start + row: voice for row, voice in _voices(shard)}
        start += len(one)
        advance(number + 1, len(shards))
    return Evidence(
        [one.place.stem for one in shards for _ in one.keys],
        [key for one in shards for key in one.keys],
        [name for one in shards for name in named(one)],
        [person for one in shards for person in one.scalars[PERSON]],
        _stacked(faces.values()),
        np.array(list(faces), np.int64),
        _stacked(voices.values()),
        np.array(list(voices), np.int64),
    )


def _stacked(rows: Iterable[np.ndarray]) -> np.ndarray:
    found = list(rows)
    return np.stack(found).astype(np.float32) if found else np.zeros((0, 1), np.float32)


def _values(shard: Shard, column: str, rows: Sequence[int]) -> list[Any]:
    """The values of a column, read together; None where there is none."""
    if not shard.has(column):
        return [None] * len(rows)
    there = [row for row in rows if shard.filled(row, column)]
    bodies = dict(zip(there, shard.read_column(column, there), strict=True))
    return [decode(column, bodies[row]) if row in bodies else None for row in rows]


def _faces(shard: Shard) -> Iterable[tuple[int, np.ndarray]]:
    rows = [row for row in range(len(shard)) if shard.filled(row, _FACES)]
    columns = (_values(shard, name, rows) for name in (_FACES, _TRACKS, _PERSONS, _TABLE))
    for row, (faces, tracks, persons, table) in zip(rows, zip(*columns, strict=True), strict=True):
        if len(faces):
            yield row, main_face(faces, tracks, persons, table)


def main_face(faces: np.ndarray, tracks: np.ndarray | None, persons: np.ndarray | None, table: Any) -> np.ndarray:
    """The mean, by area, of the tracks (T, D) of the clip's main person: the one whose boxes in `faces.msg` cover most,
    over all frames; without that table the one with most tracks, the first of several.
    """
    areas = np.ones(len(faces))
    if isinstance(table, dict) and tracks is not None and len(tracks) == len(faces):
        boxes, of = np.asarray(table["box"], np.float64).reshape(-1, 4), np.asarray(table["track"], np.int64)
        covered = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        areas = np.array([covered[of == track].sum() for track in tracks]).clip(1e-6)
    whose = np.arange(len(faces)) if persons is None or len(persons) != len(faces) else persons
    main = np.bincount(whose, areas).argmax()
    return np.average(faces[whose == main], axis=0, weights=areas[whose == main])


def _voices(shard: Shard) -> Iterable[tuple[int, np.ndarray]]:
    rows = [row for row in range(len(shard)) if shard.has(_VOICE) and shard.filled(row, _VOICE)]
    return zip(rows, _values(shard, _VOICE, rows), strict=True)
