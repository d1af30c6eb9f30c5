"""Several datasets mixed by weight, in an order that any run can resume.

positions     o o x o o x o x o     each dataset as often as its weight says, in every part (plan/shares)
lane          o   x o   x o         each lane mixes one lane of each dataset, and so reads neighbouring bytes
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from numbers import Real
from typing import Any, Literal, get_args

import numpy as np

from faceshards.errors import UsageError
from faceshards.loaders.arguments import one_of
from faceshards.loaders.dataset import ShardDataset
from faceshards.loaders.faults import Limit
from faceshards.loaders.plan.order import Order, check_seed
from faceshards.loaders.plan.shares import rows_at, sources
from faceshards.loaders.serve.loader import Loadable
from faceshards.loaders.serve.mixed_reader import MixedReader
from faceshards.loaders.serve.view import View
from faceshards.loaders.units.deck import ROWS

#: When an epoch of a mixture ends: when every row of all has been seen once; when the one that takes longest has been
#: seen once, the others being repeated; when the first one ends.
Stop = Literal["epoch", "repeat", "first"]


class Mix(Loadable):
    """A dataset of datasets, `weights[i]` of its rows being of the i-th (by default as many as it has).

        one, other = ShardDataset("train_set/VFHQ", ["mp4"]), ShardDataset("train_set/GRID", ["mp4"])
        loader = Mix([one, other], weights=[3, 1], stop="first").loader(batch_size=2, num_workers=2)

    `stop`: "epoch": every row of all exactly once; where one has ended, the others go on. "repeat": until the dataset
    that takes longest has been seen once; shorter ones begin again, each time shuffled anew. "first": until the first
    one ends; the next epoch goes on in the others where this one stopped (behind the rows of a short last batch, where
    that is dropped). Their seeds order the datasets themselves, `seed` the mixture. All must have the same columns.
    """

    def __init__(
        self,
        datasets: Sequence[ShardDataset],
        weights: Sequence[float] | None = None,
        *,
        stop: Stop = "epoch",
        seed: int = 0,
        max_faults: int | float = 0.01,
    ) -> None:
        if not isinstance(datasets, (list, tuple)) or not all(isinstance(one, ShardDataset) for one in datasets):
            raise UsageError(f"a mixture needs a list of ShardDatasets, got {datasets!r}")
        if not datasets:
            raise UsageError("a mixture needs datasets, got none")
        if len({one.columns for one in datasets if not one.carried}) > 1:
            said = "; ".join(", ".join(one.columns) for one in datasets)
            raise UsageError(f"datasets of a mixture must have the same columns in the same order, got {said}")
        one_of("stop", stop, get_args(Stop))
        self.datasets, self.stop, self.seed = tuple(datasets), stop, check_seed(seed)
        self.limit = Limit(max_faults)
        self._weights = None if weights is None else _checked(weights, len(datasets))

    @cached_property
    def weights(self) -> tuple[float, ...]:
        """The share of each dataset."""
        weights = [len(one) for one in self.datasets] if self._weights is None else self._weights
        return tuple(weight / sum(weights) for weight in weights)

    @cached_property
    def counts(self) -> list[int]:
        """Rows of each dataset in an epoch of the mixture."""
        sizes = [len(one) for one in self.datasets]
        if self.stop == "epoch":
            return sizes
        times = [size / weight for size, weight in zip(sizes, self.weights, strict=True)]
        end = min(times) if self.stop == "first" else max(times)
        counts = [max(1, round(end * weight)) for weight in self.weights]
        return counts

    def __len__(self) -> int:
        """Rows of an epoch."""
        return sum(self.counts)

    @cached_property
    def digest(self) -> str:
        """A digest of all that the order depends on, seed and epoch apart."""
        said = [(one.digest, one.seed, weight) for one, weight in zip(self.datasets, self.weights, strict=True)]
        return hashlib.blake2b(repr(("circle", said, self.stop)).encode(), digest_size=16).hexdigest()

    @property
    def may_fork(self) -> bool:
        """Whether workers may be forked: not where any shard is in a store."""
        return all(one.may_fork for one in self.datasets)

    @property
    def units(self) -> int:
        """Rows that can be drawn: those of all datasets."""
        return int(self.starts[-1])

    @property
    def carried(self) -> Mapping[str, View]:
        """The caller's functions, by the arguments that gave them and the dataset's number."""
        return {f"{name} of dataset {i}": f for i, one in enumerate(self.datasets) for name, f in one.carried.items()}

    @cached_property
    def starts(self) -> np.ndarray:
        """The first unit of each dataset in the mixture, and their number: int64 (datasets + 1,)."""
        return np.cumsum([0, *(len(one) for one in self.datasets)])

    @property
    def windows(self) -> tuple[int, ...]:
        """Those of the datasets' orders."""
        return tuple(window for one in self.datasets for window in one.windows)

    def order(self, epoch: int, windows: Sequence[int] = ()) -> Order:
        """The draws of an epoch, with these windows of the datasets or their own."""
        turn = np.random.Philox(key=np.array([self.seed, epoch], np.uint64)).random_raw()
        windows = windows or self.windows
        source = sources(self.counts, self.weights, turn)
        order = Order(np.empty_like(source), np.empty_like(source))
        for number, count in enumerate(self.counts):
            positions = np.flatnonzero(source == number)
            units, passes = self._drawn(number, epoch, windows[number])
            rows = rows_at(positions, count)
            order.units[positions], order.epochs[positions] = units[rows], passes[rows]
        return order

    def _drawn(self, number: int, epoch: int, window: int) -> tuple[np.ndarray, np.ndarray]:
        """The units of a dataset that an epoch of the mixture draws, in its own order, and the epoch of it that each is
        drawn in: it goes on where the last epoch of the mixture stopped.
        """
        count, dataset = self.counts[number], self.datasets[number]
        passes, positions = np.divmod(epoch * count + np.arange(count), len(dataset))
        units = np.empty(count, np.int64)
        for one in np.unique(passes).tolist():
            here = passes == one
            units[here] = dataset.order(one, (window,)).units[positions[here]]
        return units + self.starts[number], passes

    def __iter__(self) -> Iterator[Any]:
        raise UsageError("a mixture is read by its loader: for batch in mix.loader(batch_size=24)")

    def __repr__(self) -> str:
        shares = "equal to its rows" if self._weights is None else ", ".join(f"{one:.3g}" for one in self._weights)
        parts = "".join(f"\n  {one!r}" for one in self.datasets)
        return f"<Mix: {len(self.datasets)} datasets, weights {shares}, stop={self.stop!r}, seed {self.seed}>{parts}"

    def reader(self) -> MixedReader:
        """A reader of all datasets, for one process."""
        return MixedReader([one.reader() for one in self.datasets], self.starts)

    def explain(self) -> str:
        """What one pass over each dataset reads, and how many of its units an epoch of the mixture draws."""
        parts = [
            f"{count:,} of {len(one):,} {one.deck.said} ({weight:.1%})\n{one.explain()}"
            for one, count, weight in zip(self.datasets, self.counts, self.weights, strict=True)
        ]
        drawn = ROWS if all(one.deck.said == ROWS for one in self.datasets) else "units"
        return "\n\n".join([f"{len(self):,} {drawn} an epoch, stop={self.stop!r}", *parts])


def _checked(weights: Sequence[float], datasets: int) -> list[float]:
    """The weights as numbers. Raises UsageError where they are not one above 0 for each dataset."""
    several = weights.tolist() if isinstance(weights, np.ndarray) else weights
    if not isinstance(several, (list, tuple)) or len(several) != datasets:
        raise UsageError(f"weights must be a list of {datasets} numbers, one for each dataset, got {weights!r}")
    if not all(isinstance(one, Real) and 0 < float(one) < math.inf for one in several):
        raise UsageError(f"weights must be numbers above 0, got {list(several)}")
    if not sum(map(float, several)) < math.inf:
        raise UsageError(f"weights must have a sum, got {list(several)}: divide them")
    return [float(one) for one in several]
