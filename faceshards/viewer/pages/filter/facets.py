"""How scalars spread over all rows, and over those that a filter chooses: bins of numbers, values of texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import floor, log10
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from faceshards.errors import UsageError
from faceshards.shards.schema.scalars import FAILED
from faceshards.viewer.pages.filter.chosen import Chosen
from faceshards.viewer.pages.filter.held_columns import HeldNumbers, HeldTexts
from faceshards.viewer.summary.histogram import LARGEST

#: Bins of a histogram; the code of a row without a value is behind them.
BINS = 40
#: Values of a text that are told of at once.
MOST_VALUES = 50
#: Letters of a value that a page lists.
LONGEST_VALUE = 200
# A few rows far out do not press all others into one bin: ends are cut where the span is so many times the middle's.
_FAR = 4.0
_MIDDLE = (0.5, 99.5)
# Values by which the middle is found.
_SAMPLED = 50_000


@dataclass(frozen=True)
class FilteredRows:
    """The rows that a filter chooses: `mask`, bool (rows,), of `shown`, those that may be looked at. Their codes are
    counted by whichever is less, they or the others.
    """

    mask: np.ndarray
    shown: np.ndarray

    @cached_property
    def rows(self) -> np.ndarray:
        """int64 (n,), ascending."""
        return np.flatnonzero(self.mask)

    @cached_property
    def others(self) -> np.ndarray:
        """Those shown and not chosen, int64 (n,)."""
        return np.flatnonzero(self.shown & ~self.mask)

    def counts(self, codes: np.ndarray, all_: np.ndarray) -> np.ndarray:
        """How many chosen rows have each code, int64 (as `all_`, which counts those of all rows that are shown)."""
        if 2 * len(self.rows) <= all_.sum():
            return np.bincount(codes[self.rows], minlength=len(all_))
        return all_ - np.bincount(codes[self.others], minlength=len(all_))


@dataclass(frozen=True)
class _Bins:
    """`codes`, uint8 (rows,): each row's bin; `BINS` for a row that has no value or may not be looked at. `all`: how
    many rows that are shown have each. `facts`: what a page is told of the scale.
    """

    codes: np.ndarray
    all: np.ndarray
    facts: Mapping[str, Any]


class Facets:
    """The facets of a collection's scalars; their bins are found once. Safe to use from several threads."""

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._bins: dict[str, _Bins] = {}
        self._counts: dict[str, np.ndarray] = {}
        self._words: dict[str, tuple[pa.Array, np.ndarray]] = {}
        self._lock, self._making = Lock(), Lock()

    def of(self, name: str, part: FilteredRows) -> dict[str, Any]:
        """One scalar over all rows and over chosen ones.

        Of numbers `low`, `high` (the scale; `least` and `greatest` may lie beyond), `step` of a handle, `all` and
        `chosen` (counts of equal bins), `absent` (rows without). Of texts `values` ([text, all, chosen], most frequent
        first), `distinct`, `absent`. Raises UsageError for a name that is no scalar.
        """
        with self._lock:
            bins = self._bins.get(name)
        if bins is None:
            column = self._chosen.held.column(name, numbers=False)  # its bins are what is held
            if column is None:
                raise UsageError(f"{name[:80]!r}: no scalar of these shards")
            if isinstance(column, HeldTexts):
                return {"name": name, **self.values(name, part)}
            bins = self._binned(name, column)
        chosen = part.counts(bins.codes, bins.all)[: bins.facts["bins"]]
        return {"name": name, **bins.facts, "chosen": chosen.tolist()}

    def renew(self) -> None:
        """Forgets what may have changed."""
        with self._lock:
            for held in (self._bins, self._counts, self._words):
                for name in filter(self._chosen.moves, list(held)):
                    del held[name]

    def values(self, name: str, part: FilteredRows, search: str = "", most: int = 12) -> dict[str, Any]:
        """The most frequent values of a text that hold `search`; of the failures, their words."""
        column = self._chosen.held.column(name)
        if not isinstance(column, HeldTexts):
            raise UsageError(f"{name[:80]!r}: no text of these shards")
        texts, all_ = column.texts, self._counted(name, column)
        absent, every, some = int(all_[-1]), all_[:-1], part.counts(column.codes, all_)[:-1]
        if name == FAILED:
            texts, spread = self._spread(name, column)
            every, some = every @ spread, some @ spread
        found = pc.match_substring(texts, search, ignore_case=True).to_numpy(zero_copy_only=False).astype(bool)
        picked = np.flatnonzero(found & (every > 0))
        best = picked[np.argsort(-every[picked], kind="stable")][:most]
        told = zip(texts.take(pa.array(best)).to_pylist(), every[best].tolist(), some[best].tolist(), strict=True)
        values = [one for one in told if len(one[0]) <= LONGEST_VALUE]
        return {"values": values, "distinct": len(picked), "absent": absent}

    def _binned(self, name: str, column: HeldNumbers) -> _Bins:
        """Bins that are made once, however many ask at a time."""
        with self._making:
            with self._lock:
                bins = self._bins.get(name)
            if bins is None:
                bins = _bins(column, self._chosen.shown)
                with self._lock:
                    self._bins[name] = bins
        return bins

    def _counted(self, name: str, column: HeldTexts) -> np.ndarray:
        """How many rows that are shown have each text, and none: int64 (texts + 1,)."""
        with self._lock:
            found = self._counts.get(name)
        if found is None:
            found = np.bincount(column.codes[self._chosen.shown], minlength=len(column.texts) + 1)
            with self._lock:
                self._counts[name] = found
        return found

    def _spread(self, name: str, column: HeldTexts) -> tuple[pa.Array, np.ndarray]:
        """The words of a text's values, and which value holds which: int64 (values, words)."""
        with self._lock:
            if name in self._words:
                return self._words[name]
        parts = [dict.fromkeys(text.split(" ")) for text in column.texts.to_pylist()]
        words = list(dict.fromkeys(word for part in parts for word in part))
        place = {word: at for at, word in enumerate(words)}
        spread = np.zeros((len(parts), len(words)), np.int64)
        for at, part in enumerate(parts):
            spread[at, [place[word] for word in part]] = 1
        with self._lock:
            self._words[name] = pa.array(words, pa.string()), spread
            return self._words[name]


def _bins(column: HeldNumbers, shown: np.ndarray) -> _Bins:
    there = shown & column.there
    if column.values.dtype == np.float64:
        with np.errstate(invalid="ignore"):
            there &= np.abs(column.values) < LARGEST
    everywhere = bool(there.all())
    values = column.values if everywhere else column.values[there]
    codes = np.full(len(shown), BINS, np.uint8)
    if not len(values):
        return _Bins(codes, np.bincount(codes, minlength=BINS + 1), {"bins": 0, "all": [], "absent": int(shown.sum())})
    least, greatest = float(values.min()), float(values.max())
    whole = _whole(values[:_SAMPLED]) and _whole(values)
    low, high = _scale(values, least, greatest)
    each = whole and high - low < BINS
    bins = int(high - low) + 1 if each else BINS if high > low else 1
    width = 1.0 if each else (high - low) / bins or 1.0
    places = np.subtract(values, low, dtype=np.float64)
    places /= width
    codes[slice(None) if everywhere else there] = np.clip(places, 0, bins - 1, out=places).astype(np.uint8)
    facts = {
        "bins": bins,
        "low": low,
        "high": high,
        "least": least,
        "greatest": greatest,
        "each": each,
        "step": _step(low, high, whole),
        "absent": int(shown.sum()) - len(values),
    }
    all_ = np.bincount(codes if everywhere else codes[shown], minlength=BINS + 1)
    return _Bins(codes, all_, facts | {"all": all_[:bins].tolist()})


def _whole(values: np.ndarray) -> bool:
    """Whether no value has a fraction."""
    return values.dtype == np.int64 or bool((values == np.round(values)).all())


def _scale(values: np.ndarray, least: float, greatest: float) -> tuple[float, float]:
    """Where bins begin and end: at the least and greatest value, but near the others where those lie far out."""
    low, high = np.percentile(values[:: 1 + len(values) // _SAMPLED], _MIDDLE)
    if high <= low or greatest - least <= _FAR * (high - low):
        return least, greatest
    step = 10.0 ** floor(log10((high - low) / 4))
    return max(least, floor(low / step) * step), min(greatest, -(floor(-high / step)) * step)


def _step(low: float, high: float, whole: bool) -> float:
    """How far a handle moves at once: a decimal step, of which the scale has a hundred to a thousand."""
    step = 10.0 ** floor(log10((high - low) / 100)) if high > low else 1.0
    return max(step, 1.0) if whole else step
