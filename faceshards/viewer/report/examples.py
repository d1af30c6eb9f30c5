"""The clips of which the page has pictures: few, examples of many sources, persons, containers and failures; and the
sentence that says what they cover.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from faceshards.errors import FaceshardsError
from faceshards.shards.reader import Shard
from faceshards.shards.schema.removed import is_removed
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.report.cards import Card, make_card
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
class Example:
    """A clip with pictures, and what it is an example of."""

    card: Card
    features: frozenset[Feature]


def examples_of(
    summaries: Sequence[ShardSummary], features: Sequence[frozenset[Feature]], most: int
) -> Iterator[Example]:
    """At most `most` clips chosen greedily so that together they cover many features; `features` are those of all
    samples, in their order. A damaged clip is left out, and one that was removed.
    """
    places = [(one.path, row) for one in summaries for row in range(one.samples)]
    for place in covering(features, most):
        card = _card(*places[place])
        if card:
            yield Example(card, features[place])


def _card(path: Path, row: int) -> Card | None:
    try:
        with Shard(path) as shard:
            sample = ShownSample.of(shard, row)
            return None if is_removed(sample.facts) else make_card(sample)
    except FaceshardsError:  # a damaged sample: the shard's health says so
        return None


def features_of(summary: ShardSummary) -> list[frozenset[Feature]]:
    """What each sample of a shard is an example of."""
    if not summary.samples:
        return []
    failed = {failure.key: f"{failure.stage} {failure.code}" for failure in summary.failures}
    with Shard(summary.path) as shard:
        columns = {name: shard.index[name].to_pylist() for name in KINDS if name in shard.index.column_names}
        columns["failure"] = [failed.get(key) for key in shard.keys]
    return [
        frozenset((name, str(column[row])) for name, column in columns.items() if column[row] is not None)
        for row in range(summary.samples)
    ]


def within(limit: int, examples: Iterator[Example]) -> list[Example]:
    """The first examples whose pictures together stay within `limit` bytes."""
    kept: list[Example] = []
    for one in examples:
        limit -= one.card.weight
        if limit < 0:
            break
        kept.append(one)
    return kept


def told(examples: Sequence[Example], features: Sequence[frozenset[Feature]]) -> str:
    """Which of all samples are shown: all, or how many of each kind are seen."""
    boxes = "Boxes and points are drawn on the original's frames only."
    if not features:
        return "No clip was packed."
    if len(examples) == len(features):
        return f"All packed clips. {boxes}"
    seen, there = (Counter(name for name, _ in frozenset().union(*each)) for each in (_of(examples), features))
    counts = [_counted(name, seen[name], there[name]) for name in KINDS if there[name]]
    shown = f"{len(examples)} of {len(features)} packed clips"
    return f"{shown}, which show {', '.join(counts)}. {boxes}" if counts else f"{shown}. {boxes}"


def _of(examples: Sequence[Example]) -> list[frozenset[Feature]]:
    return [one.features for one in examples]


def _counted(name: str, shown: int, there: int) -> str:
    """`2 of 300 persons`, `all 3 sources`, `the one container`."""
    one, several = KINDS[name]
    if there == 1:
        return f"the one {one}" if shown else f"not the one {one}"
    return f"all {there} {several}" if shown == there else f"{shown} of {there} {several}"
