"""The clips of which the page has pictures: few, examples of many sources, persons, containers and failures; and the
sentence that says what they cover.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from faceshards.errors import FaceshardsError
from faceshards.shards.filters.where import matching
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.schema.removed import REMOVED
from faceshards.shards.storage.url import Place
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.report.cards import Card, make_card
from faceshards.viewer.report.opened import OpenShards
from faceshards.viewer.report.selection import covering
from faceshards.viewer.summary.summary import ShardSummary

#: What a clip may be an example of: a scalar of the index, or the failure -> the words for one and for several.
KINDS = {
    "source": ("source", "sources"),
    "identity": ("person", "persons"),
    "container": ("container", "containers"),
    "failure": ("kind of failure", "kinds of failure"),
}
#: (kind, which of it).
Feature = tuple[str, str]


@dataclass(frozen=True)
class Candidate:
    """A sample that may be shown: where it stands, and what it is an example of."""

    shard: Place
    row: int
    features: frozenset[Feature]


@dataclass(frozen=True)
class Example:
    """A clip with pictures, where it stands, and what it is an example of."""

    card: Card
    shard: Place
    row: int
    features: frozenset[Feature]


def candidates_of(summary: ShardSummary, where: str | None = None) -> list[Candidate]:
    """The samples of a shard that stand, or those for which `where` is true."""
    if not summary.samples:
        return []
    failed = {failure.key: f"{failure.stage} {failure.code}" for failure in summary.failures}
    with Shard(summary.path) as shard:
        rows = np.arange(len(shard)) if where is None else matching(shard.index, where)
        table = shard.index.select([*(name for name in shard.index.column_names if name in (*KINDS, "key", REMOVED))])
        stand = standing(table)
        columns = {name: table[name].to_pylist() for name in KINDS if name in table.column_names}
        columns["failure"] = [failed.get(key) for key in shard.keys]
    known: dict[frozenset[Feature], frozenset[Feature]] = {}  # few are different

    def features(row: int) -> frozenset[Feature]:
        found = frozenset((name, str(column[row])) for name, column in columns.items() if column[row] is not None)
        return known.setdefault(found, found)

    return [Candidate(summary.path, row, features(row)) for row in rows.tolist() if stand[row]]


def examples_of(candidates: Sequence[Candidate], most: int) -> Iterator[Example]:
    """At most `most` clips chosen greedily so that together they cover many features. A damaged clip is left out."""
    with OpenShards() as shards:
        for place in covering([one.features for one in candidates], most):
            one = candidates[place]
            try:
                card = make_card(ShownSample.of(shards[one.shard], one.row))
            except FaceshardsError:  # a damaged sample: the shard's health says so
                continue
            yield Example(card, one.shard, one.row, one.features)


def within(limit: int, examples: Iterator[Example]) -> list[Example]:
    """The first examples whose pictures together stay within `limit` bytes."""
    kept: list[Example] = []
    for one in examples:
        limit -= one.card.weight
        if limit < 0:
            break
        kept.append(one)
    return kept


def told(examples: Sequence[Example], candidates: Sequence[Candidate]) -> str:
    """Which of all samples are shown: all, or how many of each kind are seen."""
    boxes = "Boxes and points are drawn on the original's frames only."
    if not candidates:
        return "No clip was packed."
    if len(examples) == len(candidates):
        return f"All packed clips. {boxes}"
    seen, there = (Counter(name for name, _ in frozenset().union(*_of(each))) for each in (examples, candidates))
    counts = [_counted(name, seen[name], there[name]) for name in KINDS if there[name]]
    shown = f"{len(examples)} of {len(candidates):,} packed clips"
    return f"{shown}, which show {', '.join(counts)}. {boxes}" if counts else f"{shown}. {boxes}"


def _of(shown: Sequence[Example] | Sequence[Candidate]) -> list[frozenset[Feature]]:
    return [one.features for one in shown]


def _counted(name: str, shown: int, there: int) -> str:
    """`2 of 300 persons`, `all 3 sources`, `the one container`."""
    one, several = KINDS[name]
    if there == 1:
        return f"the one {one}" if shown else f"not the one {one}"
    return f"all {there:,} {several}" if shown == there else f"{shown:,} of {there:,} {several}"
