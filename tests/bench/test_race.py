import pytest

from faceshards.bench.race import Times, race


def test_everyone_runs_as_often_and_the_order_turns():
    order = []
    times = race({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 3, lambda: order.append("-"))
    assert order == ["-", "a", "-", "b", "-", "b", "-", "a", "-", "a", "-", "b"]
    assert {name: len(one.seconds) for name, one in times.items()} == {"a": 3, "b": 3}


def test_the_median_and_the_best():
    times = Times((3.0, 1.0, 2.0, 9.0))
    assert times.median == pytest.approx(2.5) and times.best == 1.0
