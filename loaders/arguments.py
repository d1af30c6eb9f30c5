"""What a caller gave, held against its rule: one line names the argument, its value and what it must be."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection
from typing import Any, TypeVar

import numpy as np

from faceshards.errors import UsageError

_Kind = TypeVar("_Kind")


def whole(name: str, value: object, least: int = 0, most: int | None = None) -> int:
    """A whole number from `least` to `most`: Python's, numpy's or a tensor's. Raises UsageError for anything else."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
        is_one = type(value) is not bool and number >= least and (most is None or number <= most)
    except TypeError:
        is_one = False
    if not is_one:
        bounds = f">= {least}" if most is None else f"from {least} to {most}"
        raise UsageError(f"{name} must be a whole number {bounds}, got {value!r}")
    return number


def flag(name: str, value: object) -> bool:
    """True or False. Raises UsageError for anything else."""
    return bool(of_kind(name, value, (bool, np.bool_), "True or False"))


def of_kind(name: str, value: _Kind, kind: type | tuple[type, ...], rule: str) -> _Kind:
    """What is of a kind. Raises UsageError, with the rule, for anything else."""
    if not isinstance(value, kind):
        raise UsageError(f"{name} must be {rule}, got {value!r}")
    return value


def one_of(name: str, value: object, words: Collection[str]) -> None:
    """Raises UsageError for what is none of these words."""
    if not (isinstance(value, str) and value in words):
        raise UsageError(f"{name} must be one of {', '.join(words)}, got {value!r}")


def function(name: str, value: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """A function, or None. Raises UsageError for anything else."""
    if value is not None and not callable(value):
        raise UsageError(f"{name} must be a function, got {value!r}")
    return value
