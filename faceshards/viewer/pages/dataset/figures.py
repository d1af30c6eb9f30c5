"""The figures of a data set, from the indexes alone: no sample is read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from faceshards.dataset.stats.distribution import is_scalar
from faceshards.dataset.stats.overview import Overview
from faceshards.shards.schema.columns import COLUMNS
from faceshards.shards.schema.scalars import SCALARS
from faceshards.shards.schema.states import NOT_APPLICABLE, NOT_YET
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.summary.failures import brief
from faceshards.viewer.summary.histogram import Spread

#: Bars of a histogram.
BINS = 24
#: Most lines of a table of groups: collections, languages.
MOST_GROUPS = 100


def figures(collection: Collection) -> dict[str, Any]:
    """`totals`, `collections`, `languages`, `splits`, `failures`, `columns` with their maker and what they are, and
    `scalars`: of numbers a histogram, of words the most frequent ones. Those that say the same of every clip, or are
    all different words, are left to `constant`.
    """
    overview = Overview.of(collection.stored)
    record = overview.record()
    told = [_scalar(collection, name, record["scalars"][name]) for name in _names(collection, record["scalars"])]
    return {
        "totals": {**overview.totals, "shards": overview.shards, "removed": overview.removed},
        "bytes": sum(one["bytes"] for one in overview.columns),
        "where": collection.where or "",
        **{name: _cut(record[name]) for name in ("collections", "languages", "splits", "failures")},
        "columns": [_column(one) for one in overview.columns],
        "scalars": [one for one in told if "value" not in one],
        "constant": [one for one in told if "value" in one],
    }


def _names(collection: Collection, known: dict[str, Any]) -> list[str]:
    rank = {name: place for place, name in enumerate(SCALARS)}
    names = (field.name for field in collection.stored.schema if is_scalar(field) and field.name in known)
    return sorted(names, key=lambda name: (rank.get(name, len(rank)), name))


def _cut(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: brief(value) if isinstance(value, str) else value for name, value in one.items()}
        for one in groups[:MOST_GROUPS]
    ]


def _column(one: dict[str, Any]) -> dict[str, Any]:
    known = COLUMNS.get(one["column"])
    if known and known.maker == "pack":  # it made what it will: a clip in one container lacks no other
        one = {**one, NOT_APPLICABLE: one[NOT_APPLICABLE] + one[NOT_YET], NOT_YET: 0}
    return {**one, "maker": known.maker if known else "", "doc": known.doc if known else ""}


def _scalar(collection: Collection, name: str, spread: dict[str, Any]) -> dict[str, Any]:
    known = SCALARS.get(name)
    told = {
        "name": name,
        "unit": known.unit if known else "",
        "doc": known.doc if known else "",
        "maker": known.maker if known else "",
        "count": spread["count"],
        "missing": spread["missing"],
    }
    if "top" in spread:
        top = [[brief(word), count] for word, count in spread["top"]]
        if len(top) == 1:
            return {**told, "value": top[0][0]}
        return {**told, "distinct": spread["distinct"], "top": top}
    if "median" not in spread:
        return {**told, "distinct": 0, "top": []}
    found = Spread.of(name, told["unit"], _numbers(collection, name), BINS)
    if found is None:
        return {**told, "distinct": 0, "top": []}
    if found.least == found.greatest:
        return {**told, "value": found.least}
    bars = {"least": found.least, "median": found.median, "greatest": found.greatest, "counts": list(found.counts)}
    return {**told, **bars}


def _numbers(collection: Collection, name: str) -> np.ndarray:
    values = collection.stored.chosen(name).cast(pa.float64()).combine_chunks()
    return np.asarray(values.fill_null(np.nan).to_numpy(zero_copy_only=False), np.float64)
