"""The pairs of clips that show the same, as they are found and as they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from faceshards.dataset.clips import ShardClips
from faceshards.dataset.duplicates.alike import MOMENTS, Likeness, likeness
from faceshards.dataset.duplicates.buckets import candidates
from faceshards.dataset.duplicates.looking import ClipLooks, FineLooks
from faceshards.dataset.duplicates.looks import LookStore
from faceshards.dataset.duplicates.moments import same_moments
from faceshards.jobs.progress import Advance
from faceshards.shards.storage.atomic import write_atomic
from faceshards.shards.storage.remote import StoreOptions

#: The columns of a list of pairs.
SCHEMA = pa.schema(
    [
        ("shard", pa.string()),
        ("key", pa.string()),
        ("other_shard", pa.string()),
        ("other_key", pa.string()),
        ("score", pa.float64()),
        ("reason", pa.string()),
        ("seconds", pa.float64()),
        ("start", pa.float64()),
        ("other_start", pa.float64()),
        ("face_apart", pa.float64()),
    ]
)


def alike(
    looked: ClipLooks,
    store: LookStore,
    shards: Sequence[ShardClips],
    options: StoreOptions | None = None,
    advance: Advance = lambda done, known: None,
) -> list[tuple[int, int, Likeness]]:
    """Clips that show the same, and how much so: the surest first. Those that may are looked at again, picture by
    picture. Raises as `looked_at` does.
    """
    pairs, fine, found = candidates(looked.hashes, looked.clips), FineLooks(shards, options), []
    for number, (one, other) in enumerate(pairs.tolist()):
        same = likeness(store.of(one), store.of(other))
        if same is not None and same.reason == MOMENTS:
            same = same_moments(fine.of(one), fine.of(other), same.start - same.other_start)
        if same is not None:
            found.append((one, other, same))
        advance(number + 1, len(pairs))
    return sorted(found, key=lambda pair: (-pair[2].score, pair[0], pair[1]))


def listed_pairs(
    found: Sequence[tuple[int, int, Likeness]], shards: Sequence[ShardClips], apart: Mapping[tuple[int, int], float]
) -> list[dict[str, Any]]:
    """The pairs as rows of `SCHEMA`; `apart`: how far the faces of a pair are from each other, where that is known."""
    names = [str(one.place).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") for one in shards]
    places = [(name, key) for name, one in zip(names, shards, strict=True) for key in one.keys]
    return [
        {
            **dict(zip(SCHEMA.names, (*places[one], *places[other], same.score, same.reason), strict=False)),
            "seconds": same.seconds,
            "start": same.start,
            "other_start": same.other_start,
            "face_apart": apart.get((one, other)),
        }
        for one, other, same in found
    ]


def save_pairs(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Writes the list as Parquet, whole or not at all. Raises StorageError."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(list(rows), SCHEMA), sink)
    write_atomic(path, sink.getvalue().to_pybytes())
