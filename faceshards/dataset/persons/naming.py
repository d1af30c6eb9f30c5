"""Names of the persons that were found: those that clips have already, else those of their clips."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from faceshards.dataset.persons.clusters import Clusters
from faceshards.dataset.persons.evidence import Evidence
from faceshards.dataset.persons.near import NearPairs


@dataclass(frozen=True)
class Persons:
    """The person of each clip, None where none is known, and how surely, 0..1."""

    names: Sequence[str | None]
    scores: Sequence[float]


def persons_of(evidence: Evidence, clusters: Clusters, pairs: NearPairs) -> Persons:
    """Who is who. A clip that was packed with a name keeps it. Others of its cluster are that person, too; where a
    cluster holds several names, each of the others is the one of the clip that it is linked to most nearly.

    A cluster without a name keeps the one that most of its clips were found under before; else it is called
    `person-SHARD-KEY`, as the first of its clips by shard and key. So names depend on no order, and a person that was
    found stays who it is when clips are added.
    """
    names: list[str | None] = list(evidence.names)
    unnamed: list[np.ndarray] = []
    for rows, links in zip(_members(clusters), _links(clusters, pairs), strict=True):
        own = {names[row] for row in rows} - {None}
        if len(own) > 1:
            _spread(names, rows, links)
        elif own:
            _name_all(names, rows, next(iter(own)))
        else:
            unnamed.append(rows)
    for rows, name in zip(unnamed, _found(unnamed, evidence, {name for name in names if name}), strict=True):
        _name_all(names, rows, name)
    sure = zip(evidence.names, names, clusters.membership.tolist(), strict=True)
    return Persons(names, [1.0 if own else round(score, 4) if name else 0.0 for own, name, score in sure])


def _name_all(names: list[str | None], rows: np.ndarray, name: str | None) -> None:
    for row in rows:
        names[row] = name


def _members(clusters: Clusters) -> list[np.ndarray]:
    """The rows of each cluster."""
    order = np.argsort(clusters.numbers, kind="stable")
    order = order[clusters.numbers[order] >= 0]
    return np.split(order, np.flatnonzero(np.diff(clusters.numbers[order])) + 1) if len(order) else []


def _links(clusters: Clusters, pairs: NearPairs) -> list[NearPairs]:
    """The links within each cluster."""
    both = clusters.numbers[pairs.first]
    both = np.where(both == clusters.numbers[pairs.second], both, -1)
    order = np.argsort(both, kind="stable")
    ends = np.searchsorted(both[order], np.arange(int(clusters.numbers.max(initial=-1)) + 2))
    return [pairs.chosen(order[start:end]) for start, end in pairwise(ends)]


def _spread(names: list[str | None], rows: np.ndarray, links: NearPairs) -> None:
    """Names those of a cluster that have none, along its nearest links first, from those that have one."""
    near: dict[int, list[tuple[float, int]]] = {int(row): [] for row in rows}
    for one, other, apart in zip(links.first.tolist(), links.second.tolist(), links.apart.tolist(), strict=True):
        near[one].append((apart, other))
        near[other].append((apart, one))
    heap = [(apart, other, row) for row in near if names[row] for apart, other in near[row]]
    heapq.heapify(heap)
    while heap:
        _, row, by = heapq.heappop(heap)
        if names[row] is None:
            names[row] = names[by]
            for apart, other in near[row]:
                heapq.heappush(heap, (apart, other, row))


def _found(clusters: Sequence[np.ndarray], evidence: Evidence, taken: set[str]) -> list[str]:
    """A name for each cluster, none twice, none that is taken."""
    claims = [
        (-times, name, number)
        for number, rows in enumerate(clusters)
        for name, times in Counter(evidence.found[row] for row in rows).items()
        if name is not None
    ]
    given: dict[int, str] = {}
    for _, name, number in sorted(claims):
        if number not in given and name not in taken:
            given[number] = name
            taken.add(name)
    fresh = {
        number: sorted((evidence.stems[row], evidence.keys[row]) for row in rows)
        for number, rows in enumerate(clusters)
        if number not in given
    }
    for number in sorted(fresh, key=lambda number: fresh[number]):
        plain = [f"person-{stem}-{key}" for stem, key in fresh[number]]
        more = (f"{plain[0]}-{count}" for count in range(2, len(taken) + 3))
        given[number] = next(name for name in (*plain, *more) if name not in taken)
        taken.add(given[number])
    return [given[number] for number in range(len(clusters))]
