"""What stands in a data set twice, side by side: pairs that `faceshards dedupe` wrote beside the shards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from faceshards.dataset.duplicates.pairs import SCHEMA
from faceshards.dataset.judgements.named_shards import NamedShards
from faceshards.errors import UsageError
from faceshards.viewer.pages.clip_rows import ClipRows
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.summary.failures import brief

#: Pairs that are told of: the surest.
MOST_PAIRS = 500
# A list beyond this, in rows, is not read.
_MOST_ROWS = 10_000_000
# Text that is no UTF-8 is a ValueError; Arrow raises bare RuntimeErrors, too.
_UNREADABLE = (OSError, pa.ArrowException, ValueError, RuntimeError)
_NUMBERS = ("score", "seconds", "start", "other_start", "face_apart")


def pair_list(collection: Collection, rows: ClipRows) -> dict[str, Any]:
    """The `files` that hold lists, how many pairs they hold of clips that are looked at (`of`), and the surest `pairs`:
    two `row`s with their keys, and how alike they are. `elsewhere`: pairs of which a clip is not looked at.
    """
    names = NamedShards(collection.paths, collection.places)
    numbers = {place: number for number, place in enumerate(collection.places)}
    files, found, elsewhere = [], [], 0
    for file, listed in _lists(collection):
        files.append(file.name)
        for one in listed:
            both = [
                _row(names, numbers, rows, one[a], one[b]) for a, b in (("shard", "key"), ("other_shard", "other_key"))
            ]
            if None in both:
                elsewhere += 1
            else:
                keys = {"key": brief(one["key"]), "other_key": brief(one["other_key"]), "reason": brief(one["reason"])}
                told = {name: one[name] for name in _NUMBERS}
                found.append({"row": both[0], "other": both[1], **keys, **told})
    found.sort(key=lambda one: (-(one["score"] or 0), one["row"], one["other"]))
    return {"files": files, "of": len(found), "elsewhere": elsewhere, "pairs": found[:MOST_PAIRS]}


def _lists(collection: Collection) -> Iterator[tuple[Path, list[dict[str, Any]]]]:
    """Parquet files of pairs, and what they hold, in the folders that were named and in those of the shards; a shard's
    index is none, and neither is a file that does not read as a whole.
    """
    named = (Path(one) for one in collection.paths if isinstance(one, str | Path) and "://" not in str(one))
    folders = [one for one in (*named, *(place.parent for place in collection.places)) if isinstance(one, Path)]
    for folder in dict.fromkeys(folders):
        for file in sorted(folder.glob("*.parquet")) if folder.is_dir() else ():
            if not file.with_suffix(".tar").exists() and (listed := _pairs_in(file)) is not None:
                yield file, listed


def _pairs_in(file: Path) -> list[dict[str, Any]] | None:
    """The pairs of a list; None where the file is something else, or damaged."""
    with suppress(*_UNREADABLE), pq.ParquetFile(file) as head:
        if head.schema_arrow.equals(SCHEMA) and head.metadata.num_rows <= _MOST_ROWS:
            return head.read().to_pylist()
    return None


def _row(names: NamedShards, numbers: dict[Any, int], rows: ClipRows, shard: Any, key: Any) -> int | None:
    try:
        return rows.find(numbers[names.find(str(shard))], str(key))
    except UsageError:
        return None
