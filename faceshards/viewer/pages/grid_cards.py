"""What the grid says of each clip, from the index alone: no body is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from faceshards.dataset.judgements.saving import NOTE, VERDICT
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.summary.failures import brief

#: Scalars that every card has.
SHOWN = ("name", "width", "height", "duration", "video_codec", "failed")

#: Scalars of judgements -> what a card calls them.
JUDGED = {VERDICT: "verdict", NOTE: "note"}


def grid_cards(collection: Collection, rows: np.ndarray, scalars: Sequence[str] = ()) -> list[dict[str, Any]]:
    """One object a row: `row`, `key`, `shard`, those of `SHOWN` that the index has, and `scalars` by their names; where
    the collection is judged, `verdict` and `note`.
    """
    names = [*dict.fromkeys(("key", *SHOWN, *scalars, *JUDGED))]
    table = collection.columns(names).take(pa.array(rows))
    held = {JUDGED.get(name, name): table[name].to_pylist() for name in table.column_names}
    shards = np.searchsorted(collection.starts, rows, side="right") - 1
    return [
        {
            "row": int(row),
            "shard": collection.places[shards[place]].name,
            **{name: _told(values[place]) for name, values in held.items()},
        }
        for place, row in enumerate(rows)
    ]


def _told(value: Any) -> Any:
    """A scalar as JSON has it: NaN and infinities are none, text is cut."""
    if isinstance(value, str):
        return brief(value)
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if isinstance(value, int | float | None) else str(value)


def usual_aspect(collection: Collection) -> float:
    """Width over height that most clips have, from 0.6 to 1.8: the form of a grid's cells; 1 where no index tells."""
    table = collection.columns(("width", "height"))
    if table.num_columns < 2 or not len(collection.rows):
        return 1.0
    some = pa.array(collection.rows[:: 1 + len(collection.rows) // 1000])
    width, height = (table[name].take(some).to_numpy().astype(np.float64) for name in ("width", "height"))
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = width / height
    shares = shares[np.isfinite(shares)]
    return float(np.clip(np.median(shares), 0.6, 1.8)) if len(shares) else 1.0
