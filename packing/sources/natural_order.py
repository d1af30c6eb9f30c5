"""Names in the order in which people count: `2.png` before `10.png`."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"([0-9]+)")

#: What names are sorted by; its parts are text, (number of digits, digits), text, ... and last the name itself.
NaturalKey = tuple[tuple[str | tuple[int, str], ...], str]


def natural_key(name: str) -> NaturalKey:
    """Runs of digits compare by value, all else by code points; names of equal value (`1`, `01`) by the name itself."""
    parts = _DIGITS.split(name)
    return tuple(_number(part) if i % 2 else part for i, part in enumerate(parts)), name


def _number(digits: str) -> tuple[int, str]:
    """Compares like the integer, for any number of digits (`int` refuses more than 4300)."""
    value = digits.lstrip("0")
    return len(value), value
