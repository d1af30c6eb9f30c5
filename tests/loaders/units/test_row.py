"""A row: its columns whole, one by one or in groups that were begun ahead."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from faceshards.loaders.fetch.ahead import Hand
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.spans import DISK, Link
from faceshards.loaders.plan.plan import resolve
from faceshards.loaders.units.deck import EachRow
from faceshards.loaders.units.row import Row

COLUMNS = ["x.npy", "json"]


def test_a_row_is_its_columns(data):
    row, plan = Row(COLUMNS), resolve([data], COLUMNS)
    bodies = Bodies(plan)
    assert row.fitted(plan, "error") is plan and list(row.alike(plan)) == ["x.npy"]
    deck = row.deck(plan)
    assert type(deck) is EachRow and (deck.plan, deck.counts, len(deck)) == (plan, plan.counts, len(plan))
    assert not row.canvas(bodies, np.array([[0], [1]]))
    hand = Hand((42,), 0)
    sample = row.decode(row.fetch(bodies, hand), hand, COLUMNS, {})
    assert sample["json"]["number"] == 42 and list(row.decode(bodies, Hand((0,), 0), ["json"], {})) == ["json"]
    np.testing.assert_array_equal(sample["x.npy"], np.full((2, 3), 42, np.float32))
    assert bodies.bytes_read == row.size(bodies, hand) + bodies.size(0, "json")


def test_rows_that_were_begun_ahead_are_the_same_in_fewer_requests(data):
    row, plan = Row(COLUMNS), resolve([data], COLUMNS)
    hands = [Hand((unit,), 0) for unit in range(40)]
    alone, grouped = Bodies(plan), Bodies(plan)
    with ThreadPoolExecutor(2) as pool:
        ahead = row.ahead(grouped, iter(hands), pool, Link(1.0), 1.0)
        for hand in hands:
            fetched = ahead.take(hand)
            own = row.decode(row.fetch(alone, hand), hand, COLUMNS, {})
            np.testing.assert_equal(row.decode(fetched(), hand, COLUMNS, {}), own)
    assert alone.requests == 80 > 10 > grouped.requests


def test_the_cost_is_what_is_then_read(data):
    row, plan = Row(COLUMNS), resolve([data], COLUMNS)
    bodies = Bodies(plan)
    for unit in range(len(plan)):
        row.decode(bodies, Hand((unit,), 0), COLUMNS, {})
    cost = row.cost(EachRow(plan), DISK, world=1)
    assert (cost.wanted, cost.nbytes, cost.requests) == (bodies.bytes_read, bodies.bytes_read, bodies.requests)
