"""What an address asks for, as checked values."""

from __future__ import annotations

from starlette.requests import Request

from faceshards.errors import UsageError
from faceshards.viewer.pages.order import Order


def number(request: Request, name: str, default: int, most: int) -> int:
    """A whole number from 0 to `most`. Raises UsageError."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 16 and int(text) <= most):
        raise UsageError(f"{name}={text[:40]!r}: give a whole number from 0 to {most}")
    return int(text)


def order_of(request: Request) -> Order:
    """The order that is asked for: `where`, `sort`, `down`, `seed`."""
    asked = request.query_params
    seed = number(request, "seed", 0, 2**53) if "seed" in asked else None
    return Order(asked.get("where", ""), asked.get("sort", ""), asked.get("down") == "1", seed)
