"""The order of an epoch: a pure function of (units a shard, seed, epoch), equal for any number of ranks and
workers.

    shards     |  s0            |  s1        |  s2                 |     units 0 .. N-1, shard after shard
    blocks     | b0 | b1 | b2 | | b3 | b4  | | b5 | b6 | b7 | b8 | |     runs of neighbours, never across two shards
    sequence   | b6 | b1 | b8 | b3 | b0 | b5 | b7 | b2 | b4 |            the blocks, shuffled
    lanes      | lane 0        | lane 1        | lane 2        | ...     the sequence, cut into `lanes` equal parts
    order        position p is the (p // lanes)-th unit of lane p mod lanes, after each lane has shuffled its windows

A lane is read by one consumer only (`share`), so each consumer reads neighbouring bytes of its own, and a
global batch is a run of positions whoever reads them. Lanes differ in length by one unit at most and the
longer ones come first, which is just what `p mod lanes` needs: every unit stands in the order exactly once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import gcd
from typing import Any

import numpy as np

from faceshards.loaders.arguments import whole

#: A unit and the epoch that it is drawn in.
Draw = tuple[int, int]

#: Divisible by every usual ranks x workers, so that consumers share the lanes equally.
LANES = 48
#: No training comes near it, and the number of a batch, counted over all epochs, stays one of 64 bits.
LAST_EPOCH = (1 << 32) - 1

#: Units that a lane shuffles among each other, at most and at least.
WINDOW, LEAST_WINDOW = 1024, 64

#: Bytes of the rows that all lanes' windows hold together: what a store's rows may take in memory while they are
#: shuffled.
WINDOW_BYTES = 64 << 20

_BLOCKS_A_LANE = 8  # small data: blocks shrink, down to one unit, so that every lane still mixes this many places
_PART = 100 * LANES  # positions whose draws are found at a time
_BLOCKS_A_WINDOW = 4  # large data: blocks grow until a window mixes only this many places


@dataclass(frozen=True)
class Order:
    """The draws of an epoch: at position p the unit `units[p]`, drawn in the epoch `epochs[p]` of its data set (another
    than the loader's own in a mixture that repeats it). Both int64 (N,), or what gives the like for positions.
    """

    units: Any
    epochs: np.ndarray

    def __len__(self) -> int:
        return len(self.units)

    def draws(self, positions: np.ndarray) -> list[Draw]:
        """The unit and its epoch at some positions."""
        return list(zip(self.units[positions].tolist(), self.epochs[positions].tolist(), strict=True))

    def shared(self, rank: int, world: int, worker: int, workers: int) -> Iterator[Draw]:
        """The draws that one worker of one rank reads of an epoch, in their order."""
        for start in range(0, len(self), _PART):
            stop = min(start + _PART, len(self))
            yield from self.draws(share(start, stop, rank=rank, world=world, worker=worker, workers=workers))

    def after(self, position: int, lanes: int = LANES) -> Iterator[int]:
        """The positions that follow in the lane of one, then those before it, and last those of the other lanes."""
        yield from range(position + lanes, len(self), lanes)
        yield from range(position % lanes, position, lanes)
        yield from (other for other in range(len(self)) if other % lanes != position % lanes)


def epoch_order(
    counts: Sequence[int], *, seed: int, epoch: int, lanes: int = LANES, window: int = WINDOW
) -> np.ndarray:
    """The unit at each position of an epoch's global order: int64 (N,), a permutation of 0 .. N-1.

    `counts` are the units of each shard in the shards' order, N their sum; a unit's number counts through all
    shards.
    """
    total = sum(counts)
    if not total:
        return np.empty(0, np.int64)
    random = stream(seed, epoch)
    starts, lengths = shuffled_blocks(counts, random, lanes, window)
    before = np.cumsum(lengths) - lengths
    sequence = np.repeat(starts - before, lengths) + np.arange(total)
    keys = random.random_raw(total)
    order = np.empty(total, np.int64)
    for lane, (start, stop) in enumerate(pairwise(lane_bounds(total, lanes))):
        windows = (slice(at, min(at + window, stop)) for at in range(start, stop, window))
        order[lane::lanes] = np.concatenate([window_at(sequence[one], keys[one]) for one in windows] or [sequence[:0]])
    return order


def window_of(row_bytes: float, lanes: int = LANES) -> int:
    """How many units of `row_bytes` each a lane shuffles among each other, within the bounds of memory: a power of
    two, so that it stays when the mean moves a little.
    """
    room = max(1, int(WINDOW_BYTES / (lanes * max(1.0, row_bytes))))
    return min(WINDOW, max(LEAST_WINDOW, 1 << (room.bit_length() - 1)))


def check_seed(seed: object) -> int:
    """The seed of an order. Raises UsageError for what is none."""
    return whole("seed", seed, 0, (1 << 64) - 1)


def share(
    start: int, stop: int, *, rank: int, world: int, worker: int = 0, workers: int = 1, lanes: int = LANES
) -> np.ndarray:
    """The positions in [start, stop) that one worker of one rank reads: int64, ascending.

    Lane l belongs to rank l mod world, and there to worker (l // world) mod workers; together they read all.
    """
    positions = np.arange(start, stop, dtype=np.int64)
    lane = positions % lanes
    return positions[(lane % world == rank) & (lane // world % workers == worker)]


def smallest_share(batch_size: int, world: int, lanes: int = LANES) -> int:
    """The fewest rows that any rank gets of any full global batch; 0 means that some rank would miss a step."""
    rounds, rest = divmod(batch_size, lanes)  # of each whole round of lanes a rank gets its own lanes
    starts = range(0, lanes, gcd(batch_size, lanes))
    own = np.bincount(np.arange(lanes) % world, minlength=world).tolist()
    more = (np.bincount(np.arange(at, at + rest) % lanes % world, minlength=world).tolist() for at in starts)
    return min(rounds * lanes_of + one for counts in more for lanes_of, one in zip(own, counts, strict=True))


def stream(seed: int, epoch: int) -> np.random.Philox:
    """The raw numbers that an epoch's order is made of: first those of its blocks, then one a unit."""
    return np.random.Philox(key=np.array([seed, epoch], np.uint64))


def lane_bounds(total: int, lanes: int = LANES) -> list[int]:
    """Where the lanes of a sequence begin, and where the last one ends."""
    return np.cumsum([0] + [total // lanes + (lane < total % lanes) for lane in range(lanes)]).tolist()


def shuffled_blocks(
    counts: Sequence[int], random: np.random.Philox, lanes: int, window: int
) -> tuple[np.ndarray, np.ndarray]:
    """The first unit and the length of each block of neighbours, in the sequence's order: int64 (blocks,) each."""
    block = max(1, min(sum(counts) // (lanes * _BLOCKS_A_LANE), window // _BLOCKS_A_WINDOW))
    offsets = np.cumsum([0, *counts])
    starts = np.concatenate([np.arange(a, b, block) for a, b in pairwise(offsets)] or [offsets[:0]])
    stops = np.append(starts, offsets[-1])[1:]  # a shard's last block ends where the next shard begins
    shuffled = _by_key(random.random_raw(len(starts)))
    return starts[shuffled], (stops - starts)[shuffled]


def window_at(units: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """The units of one window of a lane, shuffled by their keys."""
    return units[_by_key(keys)]


def _by_key(keys: np.ndarray) -> np.ndarray:
    # numpy may change Generator.shuffle between versions, but not a bit generator's raw stream: sorting by raw
    # keys keeps an order, and so a saved position in it, valid under any numpy.
    return np.argsort(keys, kind="stable")
