"""The clips that are kept: which rows of which shards, and the key that each of them has among the others."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from faceshards.errors import UsageError
from faceshards.shards.filters.candidates import lacking, made_by
from faceshards.shards.filters.recipes import expression_of
from faceshards.shards.filters.where import matching
from faceshards.shards.index.joined import joined
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.schema.columns import video_of
from faceshards.shards.schema.keys import UniqueKeys, encode_key, is_key
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.url import Place

# Indexes that are read from a store at a time.
_MOST_AT_ONCE = 16
#: What stands for the container of clips that are neither video nor picture.
OTHER = "other"


@dataclass(frozen=True)
class ChosenRows:
    """Rows of one version of a shard: ascending, int64 (N,), and the new `keys` of each. `clips`: how many the shard
    has in all, beside those that were `removed` on request; `nbytes`: of those that are chosen, headers included;
    `lacking`: scalars that the filter names and none of the shard's clips has.
    """

    place: Place
    generation: str
    clips: int
    columns: tuple[str, ...]
    provenance: Mapping[str, Provenance] = field(repr=False)
    rows: np.ndarray = field(repr=False)
    keys: Sequence[str] = field(repr=False)
    renamed: int
    nbytes: int
    lacking: tuple[str, ...]
    removed: int = 0

    @property
    def container(self) -> str:
        """The column that holds the clips: what a new shard's clips have in common."""
        return video_of(list(self.columns)) or OTHER


@dataclass(frozen=True)
class Choice:
    """What a filter leaves of some shards, in their order: shards of which nothing is left stand here, too."""

    shards: tuple[ChosenRows, ...]

    @property
    def clips(self) -> int:
        """Clips that were looked at."""
        return sum(one.clips for one in self.shards)

    @property
    def kept(self) -> int:
        """Clips that are kept."""
        return sum(len(one.rows) for one in self.shards)

    @property
    def containers(self) -> list[str]:
        """The container of each clip that is kept."""
        return [one.container for one in self.shards for _ in one.rows]

    @property
    def nbytes(self) -> Counter[str]:
        """Container -> bytes of its clips."""
        sizes: Counter[str] = Counter()
        for one in self.shards:
            sizes[one.container] += one.nbytes
        return sizes

    def columns(self, container: str) -> list[str]:
        """All columns that any of the container's clips may have."""
        return list(dict.fromkeys(["json", *(name for one in self._of(container) for name in one.columns)]))

    def provenance(self, container: str) -> list[Provenance]:
        """What made the container's clips."""
        return list({name: made for one in self._of(container) for name, made in one.provenance.items()}.values())

    def record(self) -> dict[str, str]:
        """What tells the same choice from another: digests of the shards' bytes, and of the chosen rows."""
        shards, rows = hashlib.blake2b(digest_size=16), hashlib.blake2b(digest_size=16)
        for one in self.shards:
            shards.update(f"{one.generation} {one.clips}\n".encode())
            rows.update(len(one.rows).to_bytes(8, "big") + one.rows.astype(">i8").tobytes())
        return {"shards": shards.hexdigest(), "rows": rows.hexdigest()}

    def _of(self, container: str) -> list[ChosenRows]:
        return [one for one in self.shards if one.container == container and len(one.rows)]


def choose(shards: Sequence[Place], where: str) -> Choice:
    """The clips of some shards for which `where` (an expression or a recipe) is true, as a loader chooses them: no
    tombstone.

    Of clips that share a key the first keeps it, the next is `KEY-2`, as in packing. Raises UsageError for a filter
    that does not evaluate and where nothing matches, and what the opening of a shard raises.
    """
    with ThreadPoolExecutor(_MOST_AT_ONCE) as pool:
        found = list(pool.map(_looked_at, shards))
    table, expression = joined([one.index for one in found]), expression_of(where)
    rows = matching(table, where)
    rows = rows[standing(table)[rows]]
    if not len(rows):
        raise UsageError(f"no clip of {len(shards)} shard(s) matches where={where!r}: {_why(table, expression)}")
    keys, start, chosen = UniqueKeys(), 0, []
    for one in found:
        end = start + one.index.num_rows
        mine = rows[np.searchsorted(rows, start) : np.searchsorted(rows, end)] - start
        chosen.append(_chosen(one, mine, keys, lacking(expression, one.index)))
        start = end
    return Choice(tuple(chosen))


@dataclass(frozen=True)
class _Looked:
    place: Place
    generation: str
    columns: tuple[str, ...]
    provenance: Mapping[str, Provenance]
    index: pa.Table


def _looked_at(place: Place) -> _Looked:
    with Shard(place) as shard:
        index = shard.index.replace_schema_metadata()
        return _Looked(place, shard.generation, tuple(shard.columns), shard.provenance, index)


def _chosen(one: _Looked, rows: np.ndarray, keys: UniqueKeys, lacks: tuple[str, ...]) -> ChosenRows:
    mine = one.index.select(["key", "size"]).take(pa.array(rows))
    old = mine["key"].to_pylist()
    new = [keys.unique(key if is_key(key) else encode_key(key)) for key in old]
    renamed = sum(before != after for before, after in zip(old, new, strict=True))
    nbytes = int(np.sum(mine["size"].to_numpy()))
    clips = int(standing(one.index).sum())
    return ChosenRows(
        one.place,
        one.generation,
        clips,
        one.columns,
        one.provenance,
        rows,
        new,
        renamed,
        nbytes,
        lacks,
        one.index.num_rows - clips,
    )


def _why(table: pa.Table, expression: str) -> str:
    names = lacking(expression, table)
    return f"no clip has {', '.join(names)} ({made_by(names)})" if names else "`faceshards inspect` shows the scores"
