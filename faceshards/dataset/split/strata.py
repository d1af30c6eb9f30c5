"""Strata: what each side is to have its share of, by the value of a scalar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from faceshards.errors import UsageError

#: Quantiles that a number is cut into, and the most values that a text may have.
BINS, MOST = 4, 100


def strata_of(values: Sequence[Any], name: str) -> np.ndarray:
    """The stratum of each clip, int64 (N,), from 0: of a number the quarter of all numbers in which it lies, of text
    and truth values the value itself; where there is none, one of its own.

    Raises UsageError for a text of more than 100 values.
    """
    there = np.array([value is not None for value in values])
    found = np.zeros(len(values), np.int64)
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in known):
        numbers = np.array(known, np.float64)
        edges = np.unique(np.quantile(numbers, np.arange(1, BINS) / BINS))
        found[there] = 1 + np.searchsorted(edges, numbers, side="left")
    else:
        kinds = sorted({str(value) for value in known})
        if len(kinds) > MOST:
            raise UsageError(f"--stratify {name}: {len(kinds)} values, at most {MOST} make strata: choose another one")
        found[there] = 1 + np.searchsorted(np.array(kinds), [str(value) for value in known]) if known else 0
    return np.unique(found, return_inverse=True)[1].astype(np.int64)
