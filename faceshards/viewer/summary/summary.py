"""What a shard holds, as plain facts: samples, failures by reason, columns and their makers, scalars, health.

`faceshards inspect` prints them and the report page draws them. Whole + failed + removed = samples, always.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from faceshards.errors import ColumnError, ShardError, StorageError, UnsafeData
from faceshards.shards.filters.candidates import lacking
from faceshards.shards.filters.recipes import expression_of
from faceshards.shards.filters.where import matching
from faceshards.shards.index.index import RESERVED
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.schema.columns import COLUMNS
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.schema.scalars import SCALARS
from faceshards.shards.schema.states import DONE, NOT_APPLICABLE, state_named
from faceshards.shards.storage.files import size_of
from faceshards.shards.storage.remote import NoObject
from faceshards.shards.storage.url import Place, place
from faceshards.viewer.summary.facts import indexed_facts, read_facts
from faceshards.viewer.summary.failures import RecordedFailure
from faceshards.viewer.summary.health import Health, check
from faceshards.viewer.summary.histogram import Spread
from faceshards.viewer.summary.tally import Meeting, Tally


@dataclass(frozen=True)
class Making:
    """How many samples of a column carry this fingerprint; `made` is None where the shard does not know it."""

    fingerprint: str
    made: Provenance | None
    samples: int


@dataclass(frozen=True)
class ColumnSummary:
    """One column: its bytes, the samples where it has a value, and where it has none though one was to be had (a stage
    failed, or has not come to it). `sizes` are the bytes of each value, int64 (present,).
    """

    name: str
    bytes: int
    present: int
    empty: int
    makings: tuple[Making, ...]
    sizes: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64), compare=False, repr=False)

    @property
    def range(self) -> tuple[int, int, int] | None:
        """Least, median and greatest size in bytes; None where no member is present."""
        if not len(self.sizes):
            return None
        return int(self.sizes.min()), int(np.median(self.sizes)), int(self.sizes.max())

    @property
    def maker(self) -> str:
        """The stage that makes this column by the table of the format; empty for a user's own column."""
        return COLUMNS[self.name].maker if self.name in COLUMNS else ""


@dataclass(frozen=True)
class ShardSummary:
    """One shard, or several taken together.

    `columns` are members of the tar, `scores` keys of the json that a stage vouches for. `scalars` hold
    a float64 (samples,) a name, NaN where a sample has none. `origins`: (collection, licence, source) -> samples.
    `unfiltered` is how many samples there were before a filter; None without one: then `bytes` is the whole file's,
    else that of the samples with their headers. `removed`: samples that are tombstones. `lacking`: scalars
    that the filter names and no sample has, filtered or not. `meetings`: how many samples met which stages; with the
    `removed` ones they add up to `samples`.
    """

    path: Any
    generation: str
    bytes: int
    samples: int
    columns: tuple[ColumnSummary, ...]
    scores: tuple[ColumnSummary, ...]
    failures: tuple[RecordedFailure, ...]
    stages: tuple[str, ...]
    scalars: Mapping[str, NDArray[np.float64]]
    health: Health
    origins: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    unfiltered: int | None = None
    removed: int = 0
    lacking: tuple[str, ...] = ()
    meetings: Mapping[Meeting, int] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        """Samples on which a stage failed."""
        return len(self.failures)

    @property
    def whole(self) -> int:
        """Samples on which nothing failed, and that were not removed."""
        return self.samples - self.failed - self.removed

    @property
    def overhead(self) -> int:
        """Bytes of headers, padding, front records and end blocks: with those of the columns, all `bytes`."""
        return self.bytes - sum(column.bytes for column in self.columns)

    @property
    def reasons(self) -> Counter[tuple[str, str]]:
        """(stage, code) -> failed samples; the counts add up to `failed`."""
        return Counter((failure.stage, failure.code) for failure in self.failures)

    @cached_property
    def spreads(self) -> tuple[Spread, ...]:
        """The spread of each scalar that any sample has, in the order of the scalars' table, users' own after it."""
        rank = {name: place for place, name in enumerate(SCALARS)}
        names = sorted(self.scalars, key=lambda name: (rank.get(name, len(rank)), name))
        units = {name: SCALARS[name].unit if name in SCALARS else "" for name in names}
        spreads = (Spread.of(name, units[name], self.scalars[name]) for name in names)
        return tuple(spread for spread in spreads if spread)


def summarise(path: str | Place, checksums: bool = True, where: str | None = None, json: bool = True) -> ShardSummary:
    """The facts of one shard, or of those samples for which `where` (an expression or a recipe) is true.

    With `checksums` every byte of the shard is checked, filter or not. Without `json` the index must do: failures then
    have no particulars. A shard that cannot be opened or read has no samples, and its health says why. Never raises for
    a damaged or unreadable shard; UsageError for a filter that does not evaluate, NoObject where a store has none.
    """
    try:
        with Shard(path) as shard:
            rows = np.arange(len(shard)) if where is None else matching(shard.index, where)
            return _summary(shard, rows, where, read_facts if json else indexed_facts, check(shard, checksums))
    except NoObject:
        raise
    except (ShardError, ColumnError, UnsafeData, StorageError) as error:
        health = Health("unreadable" if isinstance(error, StorageError) else "damaged", str(error))
        before = None if where is None else 0
        return ShardSummary(place(path), "", size_of(path), 0, (), (), (), (), {}, health, {}, before)


def _summary(
    shard: Shard,
    rows: NDArray[np.int64],
    where: str | None,
    facts_of: Callable[[Shard, Sequence[int]], list[dict[str, Any]]],
    health: Health,
) -> ShardSummary:
    table = shard.index.take(rows)
    stand = standing(table)
    tally = Tally.of(shard, rows, stand.tolist(), facts_of)
    makings = _makings(shard, tally)
    in_json = sorted(makings.keys() - set(shard.columns))
    return ShardSummary(
        path=shard.path,
        generation=shard.generation,
        bytes=shard.nbytes if where is None else int(np.sum(table["size"].to_numpy())),
        samples=len(rows),
        columns=tuple(_column(table, name, makings.get(name, ())) for name in shard.columns),
        scores=tuple(_score(name, makings[name], tally.present[name]) for name in in_json),
        failures=tuple(tally.failures),
        stages=tally.stages,
        scalars=_scalars(table),
        health=health,
        origins=_origins(table.filter(pa.array(stand))),
        unfiltered=None if where is None else len(shard),
        removed=int((~stand).sum()),
        lacking=() if where is None else lacking(expression_of(where), shard.index),
        meetings=tally.meetings,
    )


def _origins(table: pa.Table) -> Counter[tuple[str, str, str]]:
    """Where the samples come from, as their json says; empty text where it does not."""
    told = (
        [one or "" for one in table[name].to_pylist()] if name in table.column_names else [""] * table.num_rows
        for name in ("collection", "licence", "source")
    )
    return Counter(zip(*told, strict=True))


def _makings(shard: Shard, tally: Tally) -> dict[str, tuple[Making, ...]]:
    """Name of a column or score -> the makings that the samples' json names, the most frequent first."""
    known = shard.provenance
    return {
        name: tuple(Making(one, known.get(one), samples) for one, samples in count.most_common())
        for name, count in tally.made.items()
    }


def _column(table: pa.Table, name: str, makings: tuple[Making, ...]) -> ColumnSummary:
    members = table[name].combine_chunks()
    sizes = members.field("size").drop_null().to_numpy(zero_copy_only=False)
    states = [state_named(number) for number in members.field("state").drop_null().to_pylist()]
    present = sizes[[state == DONE for state in states]]
    lacking = len(sizes) - len(present) - states.count(NOT_APPLICABLE)
    return ColumnSummary(name, int(sizes.sum()), len(present), lacking, makings, present)


def _score(name: str, makings: tuple[Making, ...], present: int) -> ColumnSummary:
    return ColumnSummary(name, 0, present, sum(making.samples for making in makings) - present, makings)


def _scalars(table: pa.Table) -> dict[str, NDArray[np.float64]]:
    """The numeric scalars of an index."""
    counts = (pa.types.is_floating, pa.types.is_integer)
    numeric = [one for one in table.schema if any(kind(one.type) for kind in counts)]
    names = [one.name for one in numeric if one.name not in RESERVED]
    return {
        name: table[name].cast(pa.float64()).combine_chunks().fill_null(np.nan).to_numpy(zero_copy_only=False)
        for name in names
    }
