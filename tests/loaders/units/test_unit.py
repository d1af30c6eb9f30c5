"""A unit of one's own goes through the reader: the protocol carries more than rows and windows."""

import numpy as np
import torch

from faceshards.loaders.fetch.spans import DISK
from faceshards.loaders.plan.plan import resolve
from faceshards.loaders.serve.reader import SampleReader
from faceshards.loaders.units.row import Row
from faceshards.loaders.units.unit import Needs, Unit


class Pair(Row):
    """Two rows a draw: a unit's own and the one that the epoch draws beside it; arrays go to the batch's canvas."""

    def __init__(self) -> None:
        super().__init__(["x.npy"])
        self.needs = Needs(self.columns, also=("json",))

    def alike(self, plan):
        return []

    def fetch(self, bodies, draw):
        unit, epoch = draw
        other = (unit + 1 + epoch) % len(bodies.plan)
        return [super(Pair, self).decode(bodies, one, self.needs.columns, {}) for one in (unit, other)]

    def canvas(self, bodies, units):
        return {"x.npy": torch.empty(len(units), 2, 2, 3)}

    def decode(self, fetched, unit, columns, canvas):
        canvas["x.npy"][:] = np.stack([sample["x.npy"] for sample in fetched])
        return {"x.npy": canvas["x.npy"]}


def test_a_pair_of_rows_is_a_unit(data):
    unit: Unit = Pair()
    plan = resolve([data], unit.needs.columns, also=unit.needs.also)
    assert set(plan.extents) == {"x.npy", "json"}
    reader = SampleReader(plan, unit, link=DISK)
    samples = reader.read([(3, 0), (3, 1), (99, 0)])
    assert samples.keys == ["a-0003", "a-0003", "c-0099"] and not samples.errors
    assert samples.dense["x.npy"][:, :, 0, 0].tolist() == [[3, 4], [3, 5], [99, 0]]
    assert not any(samples.loose)
