"""What an address asks for, as checked values."""

from __future__ import annotations

import math

from starlette.requests import Request

from faceshards.errors import UsageError
from faceshards.viewer.pages.order import RowOrder


def number(request: Request, name: str, default: int, most: int) -> int:
    """A whole number from 0 to `most`. Raises UsageError."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 16 and int(text) <= most):
        raise UsageError(f"{name}={text[:40]!r}: give a whole number from 0 to {most}")
    return int(text)


def order_of(request: Request) -> RowOrder:
    """The order that is asked for: `where`, `sort`, `down`, `seed`, `near`. Raises UsageError."""
    asked = request.query_params
    seed = number(request, "seed", 0, 2**53) if "seed" in asked else None
    near = _finite("near", asked["near"]) if "near" in asked else None
    return RowOrder(asked.get("where", ""), asked.get("sort", ""), asked.get("down") == "1", seed, near)


def _finite(name: str, text: str) -> float:
    """A finite number. Raises UsageError."""
    try:
        value = float(text)
    except ValueError:
        value = math.inf
    if not math.isfinite(value):
        raise UsageError(f"{name}={text[:40]!r}: give a number")
    return value
