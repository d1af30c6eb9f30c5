"""Brace patterns of webdataset's lists: `train-{000000..000009}.tar`, `{train,test}.tar`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from faceshards.errors import UsageError

#: Most names that one pattern may stand for.
MOST = 100_000

_RANGE = re.compile(r"\{(\d{1,18})\.\.(\d{1,18})\}")
_LIST = re.compile(r"\{([^{}]*,[^{}]*)\}")


def expanded(pattern: str) -> list[str]:
    """The names that a pattern stands for, in order, as a shell counts them: numbers keep the first one's zeros. A text
    without a pattern stands for itself. Raises UsageError for more than `MOST` names.
    """
    names: list[str] = []
    for name in _expanded(pattern):
        names.append(name)
        if len(names) > MOST:
            raise UsageError(f"{pattern}: stands for more than {MOST} names: say it in several")
    return names


def _expanded(pattern: str) -> Iterator[str]:
    found = min(
        filter(None, (_RANGE.search(pattern), _LIST.search(pattern))), key=lambda one: one.start(), default=None
    )
    if found is None:
        yield pattern
        return
    for choice in _numbers(*found.groups()) if found.re is _RANGE else found[1].split(","):
        yield from _expanded(f"{pattern[: found.start()]}{choice}{pattern[found.end() :]}")


def _numbers(first: str, last: str) -> Iterator[str]:
    begin, end = int(first), int(last)
    width = max(len(first), len(last)) if first.startswith("0") or last.startswith("0") else 0
    step = 1 if end >= begin else -1
    return (f"{number:0{width}d}" for number in range(begin, end + step, step))
