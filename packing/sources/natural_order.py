"""Names in the order in which people count: `2.png` before `10.png`."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"[0-9]+")

#: What names are sorted by: text in which numbers compare like numbers, then the name itself. Of ten million names,
#: anything but text would take gigabytes.
NaturalKey = tuple[str, str]


def natural_key(name: str) -> NaturalKey:
    """Runs of digits compare by value, all else by code points; names of equal value (`1`, `01`) by the name itself."""
    return _DIGITS.sub(_number, name), name


def _number(digits: re.Match[str]) -> str:
    """Compares like the integer, for any number of digits (`int` refuses more than 4300), and before any letter."""
    value = digits[0].lstrip("0")
    return f"\0{chr(len(value))}{value}"
