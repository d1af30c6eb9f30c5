"""Which side each group of clips (a person) goes to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from faceshards.dataset.split.shares import SIDES, Shares


def sides_of(
    groups: Sequence[str | None],
    strata: np.ndarray,
    shares: Shares,
    seed: int = 0,
    recorded: Sequence[str | None] | None = None,
) -> list[str]:
    """The side of each clip (N,), where `groups` names the one that it belongs to, None where that is not known, and
    `strata`, int64 (N,), its stratum. All clips of a group stand on one side; those of none in train.

    Groups that have a side already (`recorded`, a clip each) keep it: the first of `SIDES` where clips of one group
    stand on several. The others follow, the largest first, equal ones by blake2b of the seed and their name: each goes
    to where the sum over sides and strata of (clips - wanted)^2 / wanted (Pearson's chi-square) grows least. So nothing
    depends on the order of the clips.
    """
    names = sorted({one for one in groups if one is not None})
    number = {name: row for row, name in enumerate(names)}
    rows = np.array([-1 if one is None else number[one] for one in groups], np.int64)
    counts = np.zeros((len(names), int(strata.max(initial=0)) + 1))
    np.add.at(counts, (rows[rows >= 0], strata[rows >= 0]), 1)
    wanted = np.array(shares.each)[:, None] * np.bincount(strata, minlength=counts.shape[1])
    filled = np.zeros_like(wanted)
    filled[0] += np.bincount(strata[rows < 0], minlength=counts.shape[1])
    chosen = _kept(rows, len(names), recorded)
    np.add.at(filled, chosen[chosen >= 0], counts[chosen >= 0])
    for group in _order(names, counts.sum(axis=1), seed):
        if chosen[group] < 0:
            chosen[group] = _least(counts[group], filled, wanted, shares)
            filled[chosen[group]] += counts[group]
    return [SIDES[chosen[row]] if row >= 0 else SIDES[0] for row in rows]


def _kept(rows: np.ndarray, groups: int, recorded: Sequence[str | None] | None) -> np.ndarray:
    """The side of each group by what is recorded of its clips, int64 (G,); -1 where nothing is."""
    first = np.full(groups, len(SIDES), np.int64)
    rank: Mapping[str | None, int] = {side: place for place, side in enumerate(SIDES)}
    for row, side in zip(rows, recorded or (), strict=False):
        if row >= 0 and side in rank:
            first[row] = min(first[row], rank[side])
    return np.where(first < len(SIDES), first, -1)


def _order(names: Sequence[str], sizes: np.ndarray, seed: int) -> list[int]:
    """The groups, the largest first, those of one size by their hash."""
    return sorted(range(len(names)), key=lambda group: (-sizes[group], _mark(f"{seed}/{names[group]}"), names[group]))


def _mark(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _least(counts: np.ndarray, filled: np.ndarray, wanted: np.ndarray, shares: Shares) -> int:
    """The side where clips, (strata,), add least to the chi-square of what is `filled`, both (sides, strata)."""
    grown = counts * (counts + 2 * (filled - wanted)) / np.maximum(wanted, 1e-9)
    total = grown.sum(axis=1)
    total[np.array(shares.each) == 0] = np.inf
    return int(total.argmin())
