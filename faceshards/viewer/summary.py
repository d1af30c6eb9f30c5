"""What a shard holds, as plain facts: samples, failures by reason, columns and their makers, scalars, health.

`faceshards inspect` prints them and the report page draws them. Whole + failed = samples, always.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from faceshards.errors import ColumnError, FaceshardsError, ShardError
from faceshards.shards.columns import COLUMNS
from faceshards.shards.index import RESERVED
from faceshards.shards.provenance import Made
from faceshards.shards.reader import Shard
from faceshards.shards.scalars import SCALARS
from faceshards.viewer.failures import Failure, first_failure, stage_order
from faceshards.viewer.health import Health, check
from faceshards.viewer.histogram import Spread


@dataclass(frozen=True)
class Making:
    """How many samples of a column carry this fingerprint; `made` is None where the shard does not know it."""

    fingerprint: str
    made: Made | None
    samples: int


@dataclass(frozen=True)
class ColumnSummary:
    """One column: its bytes, the samples where it is present, and where it is empty because a stage failed."""

    name: str
    bytes: int
    present: int
    empty: int
    makings: tuple[Making, ...]

    @property
    def maker(self) -> str:
        """The stage that makes this column by the table of the format; empty for a user's own column."""
        return COLUMNS[self.name].maker if self.name in COLUMNS else ""


@dataclass(frozen=True)
class ShardSummary:
    """One shard, or several taken together.

    `columns` are members of the tar, `scores` keys of the json that a stage vouches for. `scalars` hold
    a float64 (samples,) a name, NaN where a sample has none.
    """

    path: Path
    generation: str
    bytes: int
    samples: int
    columns: tuple[ColumnSummary, ...]
    scores: tuple[ColumnSummary, ...]
    failures: tuple[Failure, ...]
    stages: tuple[str, ...]
    scalars: Mapping[str, NDArray[np.float64]]
    health: Health

    @property
    def failed(self) -> int:
        """Samples on which a stage failed."""
        return len(self.failures)

    @property
    def whole(self) -> int:
        """Samples on which nothing failed."""
        return self.samples - self.failed

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


def summarise(path: Path, checksums: bool = True) -> ShardSummary:
    """The facts of one shard; with `checksums` every header and every member's bytes are checked.

    A shard that cannot be opened has no samples, and its health says why. Never raises for a damaged shard.
    """
    try:
        with Shard(path) as shard:
            return _summary(shard, check(shard, checksums))
    except (ShardError, ColumnError) as error:
        return ShardSummary(path, "", _size(path), 0, (), (), (), (), {}, Health("damaged", str(error)))


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _summary(shard: Shard, health: Health) -> ShardSummary:
    facts = [read_facts(shard, row) for row in range(len(shard))]
    found = (first_failure(key, one) for key, one in zip(shard.keys, facts, strict=True))
    failures = tuple(failure for failure in found if failure)
    makings = _makings(shard, facts)
    in_json = sorted(makings.keys() - set(shard.columns))
    return ShardSummary(
        path=shard.path,
        generation=shard.generation,
        bytes=shard.nbytes,
        samples=len(shard),
        columns=tuple(_column(shard, name, makings.get(name, ())) for name in shard.columns),
        scores=tuple(_score(name, makings[name], facts) for name in in_json),
        failures=failures,
        stages=stage_order(shard.provenance, {failure.stage for failure in failures}),
        scalars=_scalars(shard),
        health=health,
    )


def read_facts(shard: Shard, row: int) -> dict[str, Any]:
    """The sample's json; one that cannot be read is itself a failure, recorded as such."""
    try:
        return shard.json(row)
    except FaceshardsError as error:
        return {"failures": [{"stage": "shard", "code": "damaged", "reason": str(error)}]}


def _makings(shard: Shard, facts: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Making, ...]]:
    """Name of a column or score -> the makings that the samples' json names, the most frequent first."""
    counts: dict[str, Counter[str]] = {}
    for one in facts:
        made = one.get("made")
        for name, fingerprint in made.items() if isinstance(made, dict) else ():
            if isinstance(fingerprint, str):
                counts.setdefault(name, Counter())[fingerprint] += 1
    return {
        name: tuple(Making(one, shard.provenance.get(one), samples) for one, samples in count.most_common())
        for name, count in counts.items()
    }


def _column(shard: Shard, name: str, makings: tuple[Making, ...]) -> ColumnSummary:
    extents = shard.index[name].combine_chunks()
    sizes = extents.field("size").drop_null().to_numpy(zero_copy_only=False)
    return ColumnSummary(name, int(sizes.sum()), int((sizes > 0).sum()), int((sizes == 0).sum()), makings)


def _score(name: str, makings: tuple[Making, ...], facts: Sequence[Mapping[str, Any]]) -> ColumnSummary:
    present = sum(one.get(name) is not None for one in facts)
    return ColumnSummary(name, 0, present, sum(making.samples for making in makings) - present, makings)


def _scalars(shard: Shard) -> dict[str, NDArray[np.float64]]:
    """The numeric scalars of the index."""
    table = shard.index
    names = [
        field.name
        for field in table.schema
        if field.name not in RESERVED and (pa.types.is_floating(field.type) or pa.types.is_integer(field.type))
    ]
    return {
        name: table[name].cast(pa.float64()).combine_chunks().fill_null(np.nan).to_numpy(zero_copy_only=False)
        for name in names
    }
