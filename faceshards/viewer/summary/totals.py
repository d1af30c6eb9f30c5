"""Several shards taken together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from faceshards.shards.schema.columns import ordered
from faceshards.shards.schema.provenance import Provenance
from faceshards.viewer.summary.health import Health
from faceshards.viewer.summary.summary import ColumnSummary, Making, ShardSummary


def total(summaries: Sequence[ShardSummary]) -> ShardSummary:
    """Several shards taken together: counts added, failures and scalars joined, the worst health."""
    names = dict.fromkeys(name for one in summaries for name in one.scalars)
    absent = {id(one): np.full(one.samples, np.nan) for one in summaries}
    return ShardSummary(
        path=Path("total"),
        generation="",
        bytes=sum(one.bytes for one in summaries),
        samples=sum(one.samples for one in summaries),
        columns=_joined_by_name([one.columns for one in summaries]),
        scores=_joined_by_name([one.scores for one in summaries]),
        failures=tuple(failure for one in summaries for failure in one.failures),
        stages=_merged([one.stages for one in summaries]),
        scalars={name: np.concatenate([one.scalars.get(name, absent[id(one)]) for one in summaries]) for name in names},
        health=Health.worst([one.health for one in summaries]),
        origins=sum((Counter(one.origins) for one in summaries), Counter()),
        unfiltered=_unfiltered(summaries),
        removed=sum(one.removed for one in summaries),
        meetings=sum((Counter(one.meetings) for one in summaries), Counter()),
        lacking=_lacking([one for one in summaries if one.unfiltered]),
    )


def _lacking(filtered: Sequence[ShardSummary]) -> tuple[str, ...]:
    """What every shard lacks; one that could not be opened has no say."""
    names = dict.fromkeys(name for one in filtered for name in one.lacking)
    return tuple(name for name in names if all(name in one.lacking for one in filtered))


def _unfiltered(summaries: Sequence[ShardSummary]) -> int | None:
    counts = [one.unfiltered for one in summaries if one.unfiltered is not None]
    return sum(counts) if counts else None


def _merged(orders: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """One order of all names: the longest list's, with the others' names put before what follows them there."""
    merged: list[str] = []
    for order in sorted(orders, key=len, reverse=True):
        place = len(merged)
        for name in reversed(order):
            if name in merged:
                place = min(place, merged.index(name))
            else:
                merged.insert(place, name)
    return tuple(merged)


def _joined_by_name(shards: Sequence[Sequence[ColumnSummary]]) -> tuple[ColumnSummary, ...]:
    groups: dict[str, list[ColumnSummary]] = {}
    for columns in shards:
        for column in columns:
            groups.setdefault(column.name, []).append(column)
    return tuple(_joined(groups[name]) for name in ordered(list(groups)))


def _joined(columns: Sequence[ColumnSummary]) -> ColumnSummary:
    samples: Counter[str] = Counter()
    made: dict[str, Provenance | None] = {}
    for column in columns:
        for making in column.makings:
            samples[making.fingerprint] += making.samples
            made[making.fingerprint] = making.made
    makings = tuple(Making(name, made[name], count) for name, count in samples.most_common())
    return ColumnSummary(
        columns[0].name,
        sum(column.bytes for column in columns),
        sum(column.present for column in columns),
        sum(column.empty for column in columns),
        makings,
        np.concatenate([column.sizes for column in columns]),
    )
