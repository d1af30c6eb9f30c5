"""What is held out of training, and that nobody in it is trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from faceshards.errors import UsageError
from faceshards.loaders.paths import expanded
from faceshards.loaders.plan.shard_rows import Indexes, indexes
from faceshards.loaders.serve.view import View
from faceshards.loaders.units.chosen import UnitView
from faceshards.shards.filters.recipes import expression_of
from faceshards.shards.filters.where import matching
from faceshards.shards.index.catalogue import catalogued
from faceshards.shards.index.lazy_rows import LazyRows
from faceshards.shards.storage.url import Place
from faceshards.train.batches import TrainingData
from faceshards.train.validation import Validation

#: The scalar of `faceshards split`, and the two of its sides that a training reads.
SPLIT, TRAIN, VALIDATION = "split", "train", "validation"

# Who is in a clip, as packing named them and `faceshards identity` found them.
_NAMES = ("collection", "identity", "source_id", "person")


@dataclass(frozen=True)
class HeldOut:
    """The data to train on, and those that are held out of them, if any; `notes` say what the user should know."""

    training: TrainingData
    held: TrainingData | None = None
    notes: list[str] = field(default_factory=list)

    def validation(self, view: View | UnitView, most: int | None) -> Validation | None:
        """Batches of what is held out, in a fixed order, `most` of them. Raises UsageError where they make none."""
        return None if self.held is None else Validation(self.held.fixed(view), most)


def held_out(data: TrainingData, paths: Sequence[str | Place] | None, where: str | None, *, by_split: bool) -> HeldOut:
    """Data of their own (`paths`, of them the rows that match `where`), or rows of the data that match `where`, or,
    `by_split`, the side `validation` of `faceshards split`, where the data have one; of these only the side `train` is
    trained on.

    Raises UsageError where a person of the one stands in the other, too, as far as persons are named.
    """
    if paths:
        return _checked(data, replace(data, paths=list(paths), where=where), "--val-data")
    if where:
        rest = f"NOT coalesce(({expression_of(where)}), false)"
        held = replace(data, where=_both(data.where, expression_of(where)))
        return _checked(replace(data, where=_both(data.where, rest)), held, f"--val-where {where!r}")
    sides = {side: replace(data, where=_both(data.where, f"{SPLIT} = '{side}'")) for side in (TRAIN, VALIDATION)}
    if by_split and data.loader == "shards" and _has_sides(data, sides):
        return _checked(sides[TRAIN], sides[VALIDATION], f"{SPLIT} = '{VALIDATION}'")
    return HeldOut(data)


def _has_sides(data: TrainingData, sides: Mapping[str, TrainingData]) -> bool:
    index = _index(data)
    return SPLIT in index.schema.names and all(len(_rows(index, side.where)) for side in sides.values())


def _checked(training: TrainingData, held: TrainingData, said: str) -> HeldOut:
    """The two, if nobody stands in both."""
    mine, theirs = _persons(training), _persons(held)
    if both := sorted(mine & theirs):
        raise UsageError(
            f"{said}: {len(both)} of {len(theirs)} persons are trained on, too, first {both[0]!r}: "
            "`faceshards split` sets each person on one side"
        )
    named = f" of {len(theirs)} persons" if theirs else " (nobody is named in them, so nobody can be told apart)"
    return HeldOut(training, held, [f"held out: {len(_rows(_index(held), held.where)):,} clips{named}, {said}"])


def _persons(data: TrainingData) -> set[str]:
    """Who is named in the data."""
    index = _index(data)
    table = index.columns(_NAMES).take(pa.array(_rows(index, data.where)))
    columns = {name: table[name].to_pylist() for name in _NAMES if name in table.column_names}
    none = [None] * table.num_rows
    each = zip(*(columns.get(name, none) for name in _NAMES), strict=True)
    return {name for one in each if (name := _name(*one)) is not None}


def _name(collection: str | None, identity: str | None, source: str | None, person: str | None) -> str | None:
    """A clip's person: the one that it was packed with, within its collection; else, or where that one is known only
    within a video, the one that was found.
    """
    packed = f"{collection}/{identity}" if collection and identity else identity
    within = bool(source and identity and str(identity).startswith(str(source)))
    return person or packed if within or not packed else packed


def _index(data: TrainingData) -> Indexes:
    return indexes(catalogued(expanded(list(data.paths), None), None))


def _rows(index: Indexes, where: str | None) -> np.ndarray:
    return np.arange(len(index)) if where is None else matching(LazyRows(index.schema, index.columns), where)


def _both(one: str | None, other: str) -> str:
    return other if one is None else f"({expression_of(one)}) AND ({other})"
