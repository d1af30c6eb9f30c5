"""The shards of a data set, and whether each is whole."""

from __future__ import annotations

from typing import Any

import numpy as np

from faceshards.errors import UsageError
from faceshards.shards.reader import Shard
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.summary.health import check

#: Shards that are told of at once.
MOST_SHARDS = 500


def shard_rows(collection: Collection, first: int = 0) -> dict[str, Any]:
    """`of` how many, and of `MOST_SHARDS` from the `first` on: `number`, `name`, `rows`, those that are `shown`, and
    the `bytes` of their samples, from the index. `broken`: those that do not open, and why.
    """
    numbers = range(first, min(first + MOST_SHARDS, len(collection.places)))
    starts = collection.starts
    sizes = collection.stored.columns(["key", "size"])
    totals = np.zeros(len(collection) + 1)
    if "size" in sizes.column_names:
        np.cumsum(sizes["size"].to_numpy(), out=totals[1:])
    shown = np.searchsorted(collection.rows, starts)
    return {
        "of": len(collection.places),
        "broken": [{"name": place.name, "why": why} for place, why in collection.broken.items()],
        "shards": [
            {
                "number": number,
                "name": collection.places[number].name,
                "rows": int(starts[number + 1] - starts[number]),
                "shown": int(shown[number + 1] - shown[number]),
                "row": int(collection.rows[shown[number]]) if shown[number + 1] > shown[number] else None,
                "bytes": int(totals[starts[number + 1]] - totals[starts[number]]),
            }
            for number in numbers
        ],
    }


def shard_health(collection: Collection, number: int) -> dict[str, Any]:
    """The health of a shard, of which every byte is read: `state`, `detail`, `checked` members, its `generation`.
    Raises UsageError for a number that no shard has, and as opening it does.
    """
    if not 0 <= number < len(collection.places):
        raise UsageError(f"shard {number}: there are {len(collection.places)}, from 0 on")
    with Shard(collection.places[number]) as shard:
        found = check(shard)
        return {**vars(found), "number": number, "generation": shard.generation}
