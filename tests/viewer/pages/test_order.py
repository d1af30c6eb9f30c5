import numpy as np
import pytest

from faceshards.errors import UsageError
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.order import Orders, RowOrder

SCORES = [0.5, None, 0.9, 0.1, 0.9]


@pytest.fixture
def orders(tmp_path, samples):
    made = [samples.whole(f"clip {place}", score=score) for place, score in enumerate(SCORES)]
    return Orders(Collection([samples.write(tmp_path / "a.tar", made)]))


@pytest.mark.parametrize(
    ("order", "rows"),
    [
        (RowOrder(), [0, 1, 2, 3, 4]),
        (RowOrder(down=True), [4, 3, 2, 1, 0]),
        (RowOrder(sort="score"), [3, 0, 2, 4, 1]),
        (RowOrder(sort="score", down=True), [2, 4, 0, 3, 1]),
        (RowOrder("score < 0.9", "score", True), [0, 3]),
        (RowOrder("score IS NULL"), [1]),
        (RowOrder(sort="score", near=0.45), [0, 3, 2, 4, 1]),
        (RowOrder("score > 0.2", "score", near=1.0), [2, 4, 0]),
    ],
)
def test_rows_are_filtered_and_sorted_those_without_a_value_last(orders, order, rows):
    assert orders.rows(order).tolist() == rows
    assert orders.rows(order) is orders.rows(order)


def test_an_order_by_chance_is_the_same_for_a_seed_and_keeps_its_order_where_it_is_filtered(orders):
    every, other = orders.rows(RowOrder(seed=7)), orders.rows(RowOrder(seed=8))
    assert sorted(every) == sorted(other) == [0, 1, 2, 3, 4] and not np.array_equal(every, other)
    some = orders.rows(RowOrder("score > 0.4", seed=7)).tolist()
    assert some == [row for row in every if row in (0, 2, 4)]


@pytest.mark.parametrize(
    "order", [RowOrder(sort="nothing"), RowOrder(sort="name", near=1.0), RowOrder(sort="mp4"), RowOrder("nothing > 1")]
)
def test_what_is_not_there_is_refused(orders, order):
    with pytest.raises(UsageError):
        orders.rows(order)
