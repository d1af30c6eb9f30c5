"""Which clips may show the same: those of which hashes of some pictures agree in sixteen bits that stand together.

The bits of a hash, in several fixed orders, are cut into quarters (bands); each is the number of a bucket
(locality-sensitive hashing: Indyk and Motwani 1998), so the work grows with what is alike, not with the square of what
is there. A bucket that holds too many clips is parted by one more band of its order, and so on: scenes that thousands
share are told apart by the rest of their bits.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

#: Clips of a bucket that are compared each with each; of more with the same whole hash each is compared with the next.
MOST = 64
_BANDS, _WIDTH = 4, 16
# Orders of the bits: the hash's own, and what a generator gives that is the same everywhere.
_ORDERS = 3


def candidates(hashes: np.ndarray, clips: np.ndarray) -> np.ndarray:
    """Pairs of clips, int64 (P, 2), the smaller first, each once, ascending, some of whose `hashes`, uint64 (H,), share
    a bucket; `clips`, int64 (H,), says whose each is.
    """
    found = [np.zeros((0, 2), np.int64)]
    for number in range(_ORDERS):
        mixed = _ordered(hashes, number)
        for band in range(_BANDS):
            found += _of_bucket(mixed, clips, np.arange(len(mixed)), band, frozenset())
    return np.unique(np.concatenate(found), axis=0)


def _ordered(hashes: np.ndarray, number: int) -> np.ndarray:
    """The hashes with their bits in another order; in their own where its number is 0."""
    if not number:
        return hashes
    bits = np.unpackbits(hashes.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1)
    order = np.random.Generator(np.random.PCG64(number)).permutation(64)
    return np.ascontiguousarray(np.packbits(bits[:, order], axis=1)).view(">u8")[:, 0].astype(np.uint64)


def _of_bucket(
    hashes: np.ndarray, clips: np.ndarray, rows: np.ndarray, band: int, told: frozenset[int]
) -> Iterator[np.ndarray]:
    """The pairs of hashes `rows`, which agree in the bands `told`, that agree in one more."""
    values = (hashes[rows] >> np.uint64(_WIDTH * band)) & np.uint64(0xFFFF)
    order = np.argsort(values, kind="stable")
    rows, told = rows[order], told | {band}
    rest = [one for one in range(_BANDS) if one not in told]
    for group in np.split(rows, np.flatnonzero(np.diff(values[order])) + 1):
        here = np.unique(clips[group])
        if 2 <= len(here) <= MOST:
            yield here[np.stack(np.triu_indices(len(here), 1), axis=1)]
        elif len(here) > MOST and rest:
            for one in rest:
                yield from _of_bucket(hashes, clips, group, one, told)
        elif len(here) > MOST:
            yield np.stack([here[:-1], here[1:]], axis=1)
