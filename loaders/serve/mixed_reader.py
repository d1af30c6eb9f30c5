"""The samples of a mixture: each of its own dataset's reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import tee

import numpy as np

from faceshards.loaders.decode.samples import Samples, joined
from faceshards.loaders.plan.order import Draw
from faceshards.loaders.serve.reader import SampleReader, UnitName


class MixedReader:
    """Reads the units of a mixture: each from its own dataset."""

    def __init__(self, readers: Sequence[SampleReader], starts: np.ndarray) -> None:
        self.readers, self.starts = tuple(readers), starts
        self._noted: Callable[[Draw], None] | None = None
        sizes = [one.dense.sizes for one in readers]
        odd = {name for each in sizes for name in each if len({other.get(name) for other in sizes}) > 1}
        for reader in self.readers:
            reader.pad(odd)
            reader.bodies.most_open = max(8, reader.bodies.most_open // len(readers))
        self.ragged = frozenset[str]().union(*(one.ragged for one in readers))

    @property
    def noted(self) -> Callable[[Draw], None] | None:
        """See `SampleReader.noted`; it is told draws of the mixture."""
        return self._noted

    @noted.setter
    def noted(self, noted: Callable[[Draw], None] | None) -> None:
        self._noted = noted
        for reader, start in zip(self.readers, self.starts.tolist(), strict=False):
            reader.noted = None if noted is None else lambda draw, start=start: noted((start + draw[0], draw[1]))

    @property
    def bytes_read(self) -> int:
        """Bytes read so far."""
        return sum(one.bytes_read for one in self.readers)

    @property
    def requests(self) -> int:
        """Reads so far."""
        return sum(one.requests for one in self.readers)

    def named(self, draw: Draw) -> UnitName:
        """What to call the unit of a draw."""
        number = self._number(draw[0])
        return self.readers[number].named((draw[0] - int(self.starts[number]), draw[1]))

    def expect(self, schedule: Iterator[Draw], share: float = 1.0) -> None:
        """Says what will be read, in its order."""
        for number, (reader, draws) in enumerate(zip(self.readers, tee(schedule, len(self.readers)), strict=True)):
            reader.expect(self._own(draws, number), share / len(self.readers))

    def read(self, draws: Sequence[Draw]) -> Samples:
        """The rows of some draws, in their order."""
        numbers = np.array([self._number(unit) for unit, _ in draws])
        parts = []
        for number in np.unique(numbers).tolist():
            slots = np.flatnonzero(numbers == number)
            start = int(self.starts[number])
            own = [(draws[slot][0] - start, draws[slot][1]) for slot in slots.tolist()]
            parts.append((slots, self.readers[number].read(own)))
        return parts[0][1] if len(parts) == 1 else joined(parts, len(draws))

    def close(self) -> None:
        """Closes the open shards."""
        for reader in self.readers:
            reader.close()

    def _number(self, unit: int) -> int:
        return int(np.searchsorted(self.starts, unit, side="right")) - 1

    def _own(self, draws: Iterator[Draw], number: int) -> Iterator[Draw]:
        start, stop = int(self.starts[number]), int(self.starts[number + 1])
        return ((unit - start, epoch) for unit, epoch in draws if start <= unit < stop)
