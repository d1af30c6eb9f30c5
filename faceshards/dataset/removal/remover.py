"""A removal: which rows of which shards, what was made with them, and the shards written anew without their bytes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from faceshards.dataset.removal.affected import Affected, MemberContent, affected_by, contents_of, facts_of, taken_back
from faceshards.dataset.removal.request import Request, Requested, check_met
from faceshards.dataset.removal.traces import Traces, out_of_reach
from faceshards.dataset.removal.undone import forgotten
from faceshards.errors import FaceshardsError, ShardError
from faceshards.jobs.progress import Advance
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import RowEdit, rewrite
from faceshards.shards.schema.removed import tombstone
from faceshards.shards.storage.lease import Lease, lease
from faceshards.shards.storage.url import Place
from faceshards.shards.storage.version import Changed


@dataclass
class Removal:
    """What is removed of some shards: a record of it is `record`. `requested`: by shard, of the version in
    `generations`; `affected`: samples that were
    made with what is removed; `removed`: by shard, the rows that became tombstones; `undone`: affected samples whose
    work was taken back; `swept`: what beside the shards went; `left`: files that may hold bytes and are out of reach;
    `errors`: by shard, why it stands as it was.
    """

    request: Request
    requested: dict[Place, Requested]
    generations: dict[Place, str]
    affected: list[Affected]
    removed: dict[Place, tuple[int, ...]] = field(default_factory=dict)
    undone: list[Affected] = field(default_factory=list)
    swept: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    errors: dict[Place, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows that are named and stand."""
        return sum(len(one.rows) for one in self.requested.values())

    @property
    def gone(self) -> int:
        """Rows that are named and were removed before."""
        return sum(len(one.gone) for one in self.requested.values())

    def record(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "reason": self.request.reason,
            "named": self.rows,
            "gone_before": self.gone,
            "removed": sum(map(len, self.removed.values())),
            "shards": {str(place): list(rows) for place, rows in self.removed.items()},
            "affected": [_told(one) for one in self.affected],
            "undone": [_told(one) for one in self.undone],
            "swept": self.swept,
            "out_of_reach": self.left,
            "errors": {str(place): line for place, line in self.errors.items()},
        }


def _told(one: Affected) -> dict[str, Any]:
    return {"shard": str(one.shard), "key": one.key, "stages": list(one.stages), "columns": list(one.columns)}


def planned(shards: Sequence[Place], request: Request) -> Removal:
    """What a request comes to; nothing is changed. Raises UsageError for what no shard has and for a filter that does
    not evaluate, ShardError for a foreign tar that holds any of it, and what the opening of a shard raises.
    """
    requested: dict[Place, Requested] = {}
    generations: dict[Place, str] = {}
    contents: set[MemberContent] = set()
    for place in shards:
        with Shard(place) as shard:
            found = requested[place] = Requested.of(shard, request)
            generations[place] = shard.generation
            if found.rows and shard.front is None:
                raise ShardError(f"{place}: a foreign tar is not rewritten in place: import it first")
            contents |= contents_of(shard, found.rows)
    check_met(request, requested)
    affected: list[Affected] = []
    for place, found in requested.items():
        with Shard(place) as shard:
            affected += _affected(shard, found, contents)
    left = [one for place in shards for one in out_of_reach(place)]
    return Removal(request, requested, generations, affected, left=left)


def _affected(shard: Shard, found: Requested, contents: Collection[MemberContent]) -> list[Affected]:
    rows = {*found.rows, *found.gone}
    if shard.front is None:  # whoever made it took no note of what was read
        return []
    return list(affected_by(shard, {shard.keys[row] for row in rows}, contents, rows))


@dataclass(frozen=True)
class Remover:
    """Carries a planned removal out. `rename`: a removed row gets the key `removed-ROW`; `twins`: what was made with a
    removed sample is `not yet` made again in the samples that have it.
    """

    removal: Removal
    rename: bool = False
    twins: bool = False

    def run(self, advance: Advance = lambda done, total: None) -> None:
        """Shard after shard, each whole or not at all. One that cannot be written stands as it was, its error is kept,
        and the rest is done.
        """
        places = list(self.removal.requested)
        for number, place in enumerate(places):
            advance(number, len(places))
            try:
                self._shard(place)
            except FaceshardsError as error:
                self.removal.errors[place] = str(error)
        advance(len(places), len(places))

    def _shard(self, place: Place) -> None:
        found, twins = self.removal.requested[place], self._twins.get(place, [])
        with Shard(place) as shard:
            names = _names(shard, found.rows)
            if not (twins or (names and (found.rows or Traces(shard, names)))):
                return
        with lease(place, work="faceshards remove") as held:
            with Shard(place) as shard:
                if shard.generation != self.removal.generations[place]:
                    raise Changed(f"{place}: it was written by someone else meanwhile: run again")
                if self.rename:  # the new shard no longer knows the names by which a killed run would go on
                    self.removal.swept += Traces(shard, names).sweep()
                if found.rows or twins:
                    self._rewrite(shard, found.rows, twins, held)
            with Shard(place) as shard:  # as it is now, with an index of its own
                self.removal.swept += Traces(shard, names).sweep()
        if found.rows:
            self.removal.removed[place] = found.rows
        self.removal.undone += twins

    @cached_property
    def _twins(self) -> dict[Place, list[Affected]]:
        places: dict[Place, list[Affected]] = {}
        for one in self.removal.affected if self.twins else ():
            places.setdefault(one.shard, []).append(one)
        return places

    def _rewrite(self, shard: Shard, rows: Sequence[int], twins: Sequence[Affected], held: Lease) -> None:
        facts = tombstone(self.removal.request.reason)
        edits = {row: RowEdit(self._key(shard, row), facts, shard.columns) for row in rows}
        for one in twins:
            edits[one.row] = RowEdit(one.key, taken_back(shard.json(one.row), one), one.columns)
        before = (facts for facts, _ in facts_of(shard, list(edits)))
        others = (facts for facts, _ in facts_of(shard, [row for row in range(len(shard)) if row not in edits]))
        after = chain((edit.facts for edit in edits.values()), others)
        rewrite(shard.path, {}, held=held, forget=forgotten(shard.provenance, before, after), edits=edits)

    def _key(self, shard: Shard, row: int) -> str:
        """The key of a tombstone: the clip's own, or one that says nothing."""
        if not self.rename:
            return shard.keys[row]
        key, taken = f"removed-{row}", set(shard.keys)
        while key in taken:
            key += "-x"
        return key


def _names(shard: Shard, rows: Collection[int]) -> set[str]:
    """What reports call these clips, and those that were removed before."""
    gone = np.flatnonzero(~standing(shard.index)).tolist()
    names = {shard.keys[row] for row in (*rows, *gone)}
    if "name" in shard.index.column_names:
        names |= set(map(str, filter(None, shard.index["name"].take(pa.array(rows, pa.int64())).to_pylist())))
    return names
