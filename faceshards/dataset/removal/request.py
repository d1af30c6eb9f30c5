"""What somebody asks to be removed: clips by key, by person, by a filter; and which rows of a shard these are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from faceshards.errors import UsageError
from faceshards.shards.filters.where import matching
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.schema.keys import encode_key
from faceshards.shards.storage.url import Place

# Letters of a reason: it stands in every tombstone.
_LONGEST = 500


@dataclass(frozen=True)
class Request:
    """Clips of these `keys` (or of the names that have them) or of these `identities` (by the scalars `identity`, as
    the collection names a person, and `person`, as `faceshards identity` does), and of them, or of all where
    neither is named, those for which `where` is true. `reason` stands in the tombstones. `everywhere`: a key may
    be in several shards, and all these samples are meant.

    Raises UsageError where nothing is named, and for a reason that is no line of text.
    """

    reason: str
    keys: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    where: str | None = None
    everywhere: bool = False

    def __post_init__(self) -> None:
        if not (self.keys or self.identities or self.where):
            raise UsageError("name what is to be removed: --key KEY, --identity PERSON or --where FILTER")
        if not self.reason.strip() or not self.reason.isprintable() or len(self.reason) > _LONGEST:
            raise UsageError(
                f"--reason must be a line of 1 to {_LONGEST} letters, got {self.reason[:60]!r}: it stands in the "
                "tombstone for all to read, so it should name no person"
            )


@dataclass(frozen=True)
class Requested:
    """The `rows` of a shard that a request names, ascending, and the samples' keys, `named`; `gone`: those rows that
    are tombstones already. `keys` and `identities`: those of the request that were met here.
    """

    rows: tuple[int, ...]
    named: tuple[str, ...]
    gone: tuple[int, ...]
    keys: frozenset[str]
    identities: frozenset[str]

    @classmethod
    def of(cls, shard: Shard, request: Request) -> Requested:
        """Those of an open shard. Raises UsageError for a filter that does not evaluate."""
        index, stand = shard.index, standing(shard.index)
        named = np.full(len(shard), not (request.keys or request.identities))
        keys, identities = set(), set()
        for key in request.keys:
            found = _equal(index, "key", {key, encode_key(key)} if key else {key})
            keys |= {key} if found.any() else set()
            named |= found
        for identity in request.identities:
            found = _equal(index, "identity", {identity}) | _equal(index, "person", {identity})
            identities |= {identity} if found.any() else set()
            named |= found
        gone = np.flatnonzero(named & ~stand) if request.keys else ()
        if request.where is not None:
            named &= np.isin(np.arange(len(shard)), matching(index, request.where))
        rows = tuple(np.flatnonzero(named & stand).tolist())
        mine = tuple(shard.keys[row] for row in rows)
        return cls(rows, mine, tuple(map(int, gone)), frozenset(keys), frozenset(identities))


def _equal(index: pa.Table, column: str, values: set[str]) -> np.ndarray:
    """The rows in which a column has one of the values, bool (rows,). What is no text (a lone surrogate) none has."""
    if column not in index.column_names or not pa.types.is_string(index.schema.field(column).type):
        return np.zeros(index.num_rows, bool)
    texts = sorted(one for one in values if not any("\ud800" <= letter <= "\udfff" for letter in one))
    return np.asarray(pc.is_in(index[column], pa.array(texts, pa.string())))


def check_met(request: Request, found: Mapping[Place, Requested]) -> None:
    """Raises UsageError, before anything is changed, for a key or a person that no shard has, for a key that several
    have, and where no row is left of a filter.
    """
    each, shards = list(found.values()), len(found)
    keys = [key for key in request.keys if not any(key in one.keys for one in each)]
    identities = [who for who in request.identities if not any(who in one.identities for one in each)]
    lacking = [f"no sample has the key {key!r}" for key in keys]
    lacking += [f"no sample is of the identity {who!r}, or all were removed before" for who in identities]
    if not lacking and not any(one.rows or one.gone for one in each):
        lacking = [f"no sample that is named matches where={request.where!r}"]
    if lacking:
        raise UsageError(f"{'; '.join(lacking)}, in {shards} shard(s): nothing was removed: name what is there")
    for key in request.keys if not request.everywhere else ():
        places = [str(place) for place, one in found.items() if key in one.keys]
        if len(places) > 1:
            where = ", ".join(places[:3]) + (", ..." if len(places) > 3 else "")
            raise UsageError(
                f"key {key!r} is in {where}, which may be different clips: name the shard, or give --everywhere"
            )
