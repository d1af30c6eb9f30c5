"""The rows of a data set as they stand, in every epoch the same: what is evaluated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceshards.loaders.plan.long_order import Straight
from faceshards.loaders.plan.order import Order
from faceshards.loaders.serve.pieces import Data, Reader


class Fixed:
    """The rows of `data` unshuffled, shard after shard (of a mixture: data set after data set, each row once); windows
    are those of epoch 0.
    """

    windows: tuple[int, ...] = ()

    def __init__(self, data: Data) -> None:
        self.data = data
        self.seed, self.limit, self.digest, self.may_fork = data.seed, data.limit, data.digest, data.may_fork
        self.units, self.carried = data.units, data.carried

    def __len__(self) -> int:
        return self.units

    def order(self, epoch: int, windows: Sequence[int] = ()) -> Order:
        """The same draws in every epoch."""
        return Order(Straight(self.units), np.broadcast_to(np.int64(0), (self.units,)))

    def reader(self) -> Reader:
        """As the data set's."""
        return self.data.reader()
