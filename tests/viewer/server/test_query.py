"""What an address asks for."""

import pytest
from starlette.requests import Request

from faceshards.errors import UsageError
from faceshards.viewer.pages.order import RowOrder
from faceshards.viewer.server.query import number, order_of


def asked(query: str) -> Request:
    return Request({"type": "http", "query_string": query.encode(), "headers": []})


def test_a_number_is_whole_and_within_bounds():
    assert number(asked("count=7"), "count", 100, 500) == 7
    assert number(asked(""), "count", 100, 500) == 100
    for wrong in ("501", "-1", "1.5", "", "٣", "1e2", "9" * 5000, "0x10"):
        with pytest.raises(UsageError, match="whole number from 0 to 500"):
            number(asked(f"count={wrong}"), "count", 100, 500)


def test_an_order():
    assert order_of(asked("")) == RowOrder()
    assert order_of(asked("where=a%20%3E%201&sort=b&down=1")) == RowOrder("a > 1", "b", True)
    assert order_of(asked("seed=7&down=0")) == RowOrder(seed=7)
    with pytest.raises(UsageError, match="seed"):
        order_of(asked("seed=now"))
