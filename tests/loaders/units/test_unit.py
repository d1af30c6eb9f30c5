"""A unit of one's own goes through everything: more draws than rows, of several rows, across shards."""

from collections import Counter
from itertools import chain

import numpy as np
import pytest
import torch

from faceshards.errors import UsageError
from faceshards.loaders import Mix, ShardDataset
from faceshards.loaders.decode.dense_columns import Role
from faceshards.loaders.fetch.spans import Link
from faceshards.loaders.serve.reader import SampleReader
from faceshards.loaders.units.deck import EachRow, hand
from faceshards.loaders.units.unit import Needs, Unit
from faceshards.loaders.units.whole import Whole

AHEAD = 3


class Following(EachRow):
    """Each row with each of the `AHEAD` that follow it, the first ones behind the last; in odd epochs with those that
    it follows.
    """

    said = "rows with one that follows"

    def __init__(self, plan):
        super().__init__(plan)
        self.counts = [AHEAD * count for count in plan.counts]

    def __len__(self):
        return AHEAD * len(self.plan)

    def rows(self, units, epochs):
        first, step = np.divmod(units, AHEAD)
        step = np.where(epochs % 2, -1 - step, 1 + step)
        return np.stack([first, (first + step) % len(self.plan)], axis=1)

    def units(self, rows, epoch):
        step = rows[1] - rows[0]
        step = (-step if epoch % 2 else step) % len(self.plan) - 1
        return [rows[0] * AHEAD + step] if 0 <= step < AHEAD else []


class Followed(Whole):
    """A row's `x.npy` and what follows it, and the names of both."""

    def __init__(self):
        both = {"x": Role("x.npy", 0), "next": Role("x.npy", 1)}
        super().__init__({**both, "ragged.npy": Role("ragged.npy", 0), "json": Role("json", 1)})
        self.needs = Needs(("x.npy", "json", "ragged.npy"))

    def deck(self, plan):
        return Following(plan)


class View:
    columns = ("x.npy", "json")

    def unit(self, seed):
        return Followed()


def dataset(data, **options):
    return ShardDataset(data, view=View(), **options)


def numbers(batch):
    """What each sample of a batch is made of, by its arrays; its key and its json say the same."""
    found = list(zip(batch["x"][:, 0, 0].int().tolist(), batch["next"][:, 0, 0].int().tolist(), strict=True))
    assert [tuple(int(key[2:6]) for key in both.split(",")) for both in batch["__key__"]] == found
    assert [json["number"] for json in batch["json"]] == [other for _, other in found]
    assert [len(row) for row in batch["ragged.npy"]] or batch["ragged.npy.lengths"].tolist() == [
        a % 3 for a, _ in found
    ]
    return found


EVEN = Counter((row, (row + step) % 100) for row in range(100) for step in (1, 2, 3))
ODD = Counter((row, (row - step) % 100) for row in range(100) for step in (1, 2, 3))


def test_an_epoch_has_each_unit_once_for_any_ranks_and_workers(data):
    unit: Unit = Followed()
    assert len(dataset(data)) == dataset(data).units == 300 and len(dataset(data).plan) == 100
    loader = dataset(data).loader(12)
    epochs = [[numbers(batch) for batch in loader] for _ in range(2)]
    assert [Counter(chain(*epoch)) for epoch in epochs] == [EVEN, ODD] and len(unit.parts) == 4
    ranks = [list(dataset(data).loader(12, workers, rank, 3)) for rank, workers in enumerate([0, 1, 2])]
    for step, batches in enumerate(zip(*ranks, strict=True)):
        assert [len(batch["__key__"]) for batch in batches] == [4, 4, 4]
        assert Counter(chain(*map(numbers, batches))) == Counter(epochs[0][step])


def test_a_saved_position_goes_on_with_other_ranks_and_refuses_other_units(data):
    loader = dataset(data).loader(30)
    before = [numbers(batch) for _, batch in zip(range(4), loader, strict=False)]
    state = loader.state_dict()
    rest = []
    for rank in range(2):
        other = dataset(data).loader(30, rank=rank, world=2)
        other.load_state_dict(state)
        rest += [numbers(batch) for batch in other]
    assert Counter(chain(*before, *rest)) == EVEN and state["rows"] == 300
    with pytest.raises(UsageError, match="other rows"):
        dataset(data, where="number > 2").loader(30).load_state_dict(state)


def test_single_units_are_found_by_number_and_by_key(data):
    units = dataset(data)
    assert units[3]["__key__"] == "a-0001,a-0002" and units[-1]["__key__"] == "c-0099,a-0002"
    assert units["a-0039,b-0042"]["json"]["number"] == 42 and units["a-0039,b-0042"]["__url__"].endswith("a.tar")
    units.set_epoch(1)
    assert units["b-0042,a-0039"]["x"][0, 0] == 42
    for key in ("a-0039", "a-0039,b-0043", "a-0039,b-0042,b-0043"):
        with pytest.raises(LookupError, match=r"no samples have the key .*such as 'a-0000,c-0099'"):
            units[key]
    assert "300 rows with one that follows" in repr(units)


def test_filters_choose_rows_and_fixed_order_and_mixtures_hold(data):
    evens = dataset(data, where="number % 2 = 0")
    fixed = [pair for batch in evens.loader(40, shuffle=False) for pair in numbers(batch)]
    assert fixed == [(2 * row, 2 * ((row + step) % 50)) for row in range(50) for step in (1, 2, 3)]
    mix = Mix([evens, dataset(data)])
    assert len(mix) == 450
    assert Counter(pair for batch in mix.loader(45, 1) for pair in numbers(batch)) == EVEN + Counter(fixed)


def test_a_dataloader_of_ones_own_splits_units_over_its_workers(data):
    units = dataset(data)
    units.set_epoch(1)
    samples = torch.utils.data.DataLoader(units, batch_size=None, num_workers=2, collate_fn=dict)
    assert Counter((int(one["x"][0, 0]), one["json"]["number"]) for one in samples) == ODD


def test_a_bad_row_is_a_fault_of_each_unit_that_has_it(data):
    path = data / "b.tar"
    body = bytearray(path.read_bytes())
    at = body.index(np.full((2, 3), 44, np.float32).tobytes())
    body[at] ^= 1
    path.write_bytes(body)
    units = dataset(data, max_faults=6)
    loader = units.loader(60, 2)
    found = Counter(pair for batch in loader for pair in numbers(batch))
    assert not any(44 in pair for pair in found) and sum(found.values()) == 300
    bad = {f"b-{n:04d},b-0044" for n in (41, 42, 43)} | {"b-0044,b-0045", "b-0044,b-0046", "b-0044,c-0047"}
    assert {fault.key for fault in loader.faults} == bad and {fault.reason for fault in loader.faults} == {"wrong-crc"}


def test_what_an_epoch_costs_is_told_of_units(data):
    units = dataset(data)
    said, loader = units.explain(), units.loader(30)
    list(loader)
    assert (said.nbytes, said.requests, said.wanted) == (loader.bytes_read, loader.requests, loader.bytes_read)
    assert "units     300 rows with one that follows" in str(said) and "shuffles 1,024 units" in str(said)


def test_units_of_a_store_are_begun_ahead_and_what_they_share_comes_once(data):
    units = dataset(data)
    reader = SampleReader(units.deck, Followed(), Link(1e-3, 1e9, 1e-2))
    draws = units.order(0).draws(np.arange(300))
    reader.expect(iter(draws))
    found = [reader.read(draws[start : start + 30]) for start in range(0, 300, 30)]
    followers = [int(number) for one in found for number in one.dense["next"][:, 0, 0]]
    assert Counter(followers) == Counter(3 * list(range(100)))
    assert reader.requests < 30
    assert reader.deck.units(hand(reader.deck, (7, 0)).rows, 0) == [7]


@pytest.mark.parametrize("told", [{"columns": ["x.npy"]}, {"window": None, "columns": ["json"]}])
def test_a_view_that_makes_its_units_is_not_told_what_to_read(data, told):
    with pytest.raises(UsageError, match="the view View says what is read: leave out columns"):
        dataset(data, **told)
