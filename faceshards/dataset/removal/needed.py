"""Which columns stand and fall together: a video with its packet tables, rows with the column of their frames."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from faceshards.errors import UsageError
from faceshards.shards.schema.columns import COLUMNS, PACKETS, SOUND_PACKETS, VIDEO


def check_droppable(columns: Collection[str], present: Collection[str], shard: str) -> None:
    """Raises UsageError for `json`, and for a column that another of the shard's, which stays, is read with."""
    if "json" in columns:
        raise UsageError("json holds the facts of every sample and cannot be dropped: name others")
    for name, other, why in _pairs(present):
        if (name in columns) and (other not in columns):
            raise UsageError(f"{shard}: {other} {why} {name}: name both, or neither")


def _pairs(present: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """(column, another, why): the first is dropped only with the other."""
    for name in present:
        table = f"{name}.{PACKETS}"
        if table in present:
            yield table, name, "is read by the rows of"
            yield name, table, "speaks of the bytes of"
        if name in VIDEO and SOUND_PACKETS in present:
            yield SOUND_PACKETS, name, "is heard by the rows of"
            yield name, SOUND_PACKETS, "speaks of the bytes of"
        frame = COLUMNS[name].frame if name in COLUMNS else ""
        if frame in present:
            yield frame, name, "has its frames in"
