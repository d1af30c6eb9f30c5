"""Columns taken out of shards, and with them what the json says of them: as if their stages had never run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from faceshards.dataset.removal.affected import facts_of
from faceshards.dataset.removal.needed import check_droppable
from faceshards.dataset.removal.traces import Traces
from faceshards.dataset.removal.undone import MAKERS, forgotten, makers, undone
from faceshards.errors import FaceshardsError, ShardError, StorageError, UsageError
from faceshards.jobs.progress import Advance
from faceshards.jobs.work_place import mark_of, work_folder
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.columns import COLUMNS
from faceshards.shards.storage.lease import lease
from faceshards.shards.storage.url import Place


@dataclass
class Dropping:
    """Which `columns` each shard loses (`shards`; those that have none of them are not named), bytes of them, stages
    whose work rests on them (`readers`); `done`: shards that are written; `errors`: by shard, why it stands as it was.
    """

    shards: dict[Place, tuple[str, ...]]
    nbytes: int
    readers: tuple[str, ...]
    done: list[Place] = field(default_factory=list)
    swept: list[str] = field(default_factory=list)
    errors: dict[Place, str] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "shards": {str(place): list(columns) for place, columns in self.shards.items()},
            "bytes": self.nbytes,
            "read_by": list(self.readers),
            "done": [str(place) for place in self.done],
            "swept": self.swept,
            "errors": {str(place): line for place, line in self.errors.items()},
        }


def to_drop(shards: Sequence[Place], columns: Sequence[str]) -> Dropping:
    """What dropping these columns comes to; nothing is changed. Raises UsageError for one that neither a shard nor the
    format knows and for one that others need, ShardError for a foreign tar and while a curation is not finished.
    """
    found: dict[Place, tuple[str, ...]] = {}
    known: set[str] = set(COLUMNS)
    readers: set[str] = set()
    nbytes = 0
    for place in shards:
        with Shard(place) as shard:
            known |= set(shard.columns)
            check_droppable(columns, shard.columns, place.name)
            if mine := tuple(name for name in shard.columns if name in columns):
                _check_may_be_written(shard)
                found[place] = mine
                nbytes += sum(shard.extent(row, name).size for name in mine for row in range(len(shard)))
                readers |= _readers(shard, mine)
    if unknown := [name for name in columns if name not in known]:
        has = ", ".join(sorted(known - set(COLUMNS)) or sorted({name for mine in found.values() for name in mine}))
        raise UsageError(f"no shard has the column {unknown[0]!r}{f': they have {has}' if has else ''}: name another")
    return Dropping(found, nbytes, tuple(sorted(readers)))


def drop_columns(dropping: Dropping, advance: Advance = lambda done, total: None) -> None:
    """Writes the shards anew, each whole or not at all. One that cannot be written stands as it was, its error is kept,
    and the rest is done.
    """
    for number, (place, columns) in enumerate(dropping.shards.items()):
        advance(number, len(dropping.shards))
        try:
            dropping.swept += _dropped(place, columns)
            dropping.done.append(place)
        except FaceshardsError as error:
            dropping.errors[place] = str(error)
    advance(len(dropping.shards), len(dropping.shards))


def _dropped(place: Place, columns: Collection[str]) -> list[str]:
    with lease(place, work="faceshards drop") as held:
        with Shard(place) as shard:
            left = [name for name in columns if shard.has(name)]
            if left:
                rows = list(range(len(shard)))
                after = (_without(shard, facts, left) for facts, _ in facts_of(shard, rows))
                forget = forgotten(shard.provenance, (facts for facts, _ in facts_of(shard, rows)), after)
                rewrite(place, {}, _Facts(shard, left), drop=left, held=held, forget=forget)
        with Shard(place) as shard:
            return Traces(shard, ()).sweep()


@dataclass(frozen=True)
class _Facts:
    """The new json of a row."""

    shard: Shard
    columns: Collection[str]

    def __call__(self, row: int, facts: Mapping[str, Any]) -> dict[str, Any]:
        return _without(self.shard, facts, self.columns)


def _without(shard: Shard, facts: Mapping[str, Any], columns: Collection[str]) -> dict[str, Any]:
    """The json of a sample without these columns: their stages have not run yet; of a stage that keeps no column the
    scores go, too.
    """
    by = {**{name: COLUMNS[name].maker for name in shard.columns if name in COLUMNS}, **makers(facts, shard.provenance)}
    stages = {by[name] for name in columns if name in by} - set(MAKERS)
    kept = {by[name] for name in shard.columns if name in by and name not in columns}
    return undone(facts, columns, stages, stages - kept)


def _readers(shard: Shard, columns: Collection[str]) -> set[str]:
    """Stages that stay, and read one of the columns, as the shard's first sample that says so tells."""
    return {stage for facts, _ in facts_of(shard, list(range(len(shard)))) for stage in _reads(shard, facts, columns)}


def _reads(shard: Shard, facts: Mapping[str, Any], columns: Collection[str]) -> Iterator[str]:
    inputs = facts.get("inputs")
    stay = _without(shard, facts, columns).get("inputs", {})
    for stage, read in inputs.items() if isinstance(inputs, dict) else ():
        if stage in stay and isinstance(read, dict) and any(name.rpartition("/")[2] in columns for name in read):
            yield stage


def _check_may_be_written(shard: Shard) -> None:
    if shard.front is None:
        raise ShardError(f"{shard.path}: a foreign tar is not rewritten in place: import it first")
    local = str(shard.path) if shard.file.takes_caches else ""
    if local and mark_of(work_folder(local))[:1] == [shard.generation]:
        raise StorageError(f"{shard.path}: a curation of it is not finished, whose work would be lost: finish it first")
