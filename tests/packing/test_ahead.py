"""Samples made side by side come in their order, and few of them wait."""

import threading
import weakref

import pytest

from faceshards.packing.ahead import ahead


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("items", [0, 1, 7])
def test_in_order_and_each_once(items, workers):
    with ahead(range(items), lambda item: item * item, workers) as made:
        assert list(made) == [(item, item * item) for item in range(items)]


def test_two_are_under_way_at_once():
    both = threading.Barrier(2)
    with ahead(range(4), lambda item: both.wait(timeout=20), 2) as made:
        assert sorted(place for _, place in made) == [0, 0, 1, 1]


def test_few_wait_and_what_was_taken_is_let_go():
    class Body:
        pass

    alive, most = weakref.WeakSet(), 0

    def make(item):
        body = Body()
        alive.add(body)
        return body

    with ahead(range(30), make, 2) as made:
        for _, body in made:
            most = max(most, len(alive))
            del body
    assert most <= 3


def test_an_error_is_raised_at_its_item_and_the_rest_is_forgotten():
    begun = []

    def make(item):
        begun.append(item)
        if item == 2:
            raise OSError("gone")
        return item

    with pytest.raises(OSError, match="gone"), ahead(range(100), make, 2) as made:
        for item, one in made:
            assert item == one < 2
    assert len(begun) <= 5
