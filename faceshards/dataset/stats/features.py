"""Mean and deviation of each feature of array columns, over all rows of all samples: one pass, a few MB in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from faceshards.dataset.stats.moments import Moments
from faceshards.errors import ColumnError, UnsafeData, UsageError
from faceshards.jobs.progress import Advance
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode
from faceshards.shards.schema.columns import COLUMNS, codec_of
from faceshards.shards.storage.url import Place

#: What columns that are joined are called: `data_mean` and `data_std`, as 3DXTalker's data loader names them.
JOINED = "data"
# Bytes of arrays that are in memory at a time.
_AT_ONCE = 16 << 20


@dataclass(frozen=True)
class FeatureView:
    """Which rows of features an array has: `axes` are kept as features, None: all but the first one, and but pixels
    (H, W), unless the format's table gives the first one a length. `deltas`: of each row the difference to the sample's
    first one.
    """

    axes: tuple[int, ...] | None = None
    deltas: bool = False

    def rows(self, column: str, array: np.ndarray) -> np.ndarray:
        """The array as (rows, *features). Raises ColumnError for values that are no finite numbers and where it has too
        few axes.
        """
        if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
            raise ColumnError("it holds what is no finite number")
        kept = self._kept(column, array.ndim)
        if any(axis >= array.ndim for axis in kept):
            raise ColumnError(f"it has {array.ndim} axes")
        pooled = [axis for axis in range(array.ndim) if axis not in kept]
        shape = [array.shape[axis] for axis in kept]
        rows = array.transpose(*pooled, *kept).reshape(-1, *shape).astype(np.float64)
        return rows - rows[:1] if self.deltas else rows

    def _kept(self, column: str, axes: int) -> tuple[int, ...]:
        if self.axes is not None:
            return self.axes
        named = COLUMNS[column].shape.strip("()").split(",") if column in COLUMNS else []
        words = [word.strip() for word in named if word.strip()]
        if len(words) != axes:
            return tuple(range(1, axes))
        first = 0 if words and words[0].isdigit() else 1
        return tuple(axis for axis in range(first, axes) if words[axis][0] not in "HW")


@dataclass
class FeatureStats:
    """Of a column, or of several `columns` side by side: moments of all rows, `samples` that gave any, `without` a
    value; `skipped`: why others gave none -> samples.
    """

    name: str
    columns: tuple[str, ...]
    moments: Moments | None = None
    samples: int = 0
    without: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def add(self, bodies: Mapping[str, bytes], view: FeatureView) -> None:
        """Takes a sample in: column -> npy body, of those that have a value."""
        if not all(column in bodies for column in self.columns):
            self.without += 1
            return
        try:
            rows = self._rows(bodies, view)
            if self.moments is not None and self.moments.mean.shape != rows.shape[1:]:
                raise ColumnError(f"its features are {rows.shape[1:]}, the first sample's {self.moments.mean.shape}")
        except (ColumnError, UnsafeData) as error:
            self.skipped[str(error)] += 1
            return
        self.samples += 1
        if not len(rows):
            return
        if self.moments is None:
            self.moments = Moments.of(rows)
        else:
            self.moments.merge(Moments.of(rows))

    def _rows(self, bodies: Mapping[str, bytes], view: FeatureView) -> np.ndarray:
        parts = [view.rows(column, decode(column, bodies[column])) for column in self.columns]
        if len(parts) == 1:
            return parts[0]
        if any(part.ndim != 2 for part in parts) or len({len(part) for part in parts}) > 1:
            shapes = ", ".join(f"{name} {part.shape}" for name, part in zip(self.columns, parts, strict=True))
            raise ColumnError(f"columns do not stand side by side: {shapes}")
        return np.concatenate(parts, axis=1)

    def record(self) -> dict[str, Any]:
        """All of it as JSON values."""
        found = self.moments
        return {
            "columns": list(self.columns),
            "samples": self.samples,
            "without": self.without,
            "skipped": dict(sorted(self.skipped.items())),
            "rows": found.count if found else 0,
            "mean": found.mean.tolist() if found else None,
            "sd": found.sd.tolist() if found else None,
        }


def feature_stats(
    shards: Iterable[tuple[Place, np.ndarray]],
    columns: Sequence[str],
    view: FeatureView,
    joined: bool = False,
    advance: Advance = lambda done, total: None,
) -> list[FeatureStats]:
    """Of each column, or of all side by side (`joined`), over these rows of shards, in their order: the same every
    time. Raises UsageError for a column that holds no array, DamagedShard.
    """
    if wrong := [name for name in columns if codec_of(name) != "npy"]:
        raise UsageError(f"{wrong[0]} holds no array: mean and deviation are of .npy columns")
    found = [FeatureStats(JOINED, tuple(columns))] if joined else [FeatureStats(_short(one), (one,)) for one in columns]
    all_shards = list(shards)
    for number, (place, rows) in enumerate(all_shards):
        advance(number, len(all_shards))
        with Shard(place) as shard:
            there = [name for name in columns if shard.has(name)]
            for bodies in _bodies(shard, rows.tolist(), there):
                for one in found:
                    one.add(bodies, view)
    advance(len(all_shards), len(all_shards))
    return found


def _bodies(shard: Shard, rows: Sequence[int], columns: Sequence[str]) -> Iterator[dict[str, bytes]]:
    """Of each row the bodies of the columns that have a value; neighbours are read together, a few MB at a time."""
    start = 0
    while start < len(rows):
        stop, size = start, 0
        while stop < len(rows) and (stop == start or size < _AT_ONCE):
            size += sum(shard.extent(rows[stop], name).size for name in columns if shard.filled(rows[stop], name))
            stop += 1
        found: dict[int, dict[str, bytes]] = {row: {} for row in rows[start:stop]}
        for name in columns:
            there = [row for row in found if shard.filled(row, name)]
            for row, body in zip(there, shard.read_column(name, there), strict=True):
                found[row][name] = body
        yield from found.values()
        start = stop


def _short(column: str) -> str:
    return column.removesuffix(".npy")
