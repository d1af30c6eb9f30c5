"""Which bytes of a store to ask for: neighbours are read together where a request costs more than the bytes between.

members   |##|  |###|             |##|      |##|        wanted: #
ranges    |##|  |###|             |##|      |##|        gap 0: fewest bytes, most requests
chosen    |#########|             |############|        gaps that cost less than a request
stream    |####################################|        any gap: whole stretches of the shard
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceshards.shards.storage.spans import joined

#: Requests that one consumer has under way at a time.
PARALLEL = 16
#: Most bytes that are read for nothing to save one request: bytes cost others too, and some stores bill them.
LARGEST_GAP = 256 << 10
#: What a store is taken for until it was measured: bytes a second to one consumer.
BANDWIDTH = 200e6


@dataclass(frozen=True)
class Link:
    """The way to the shards: seconds that a request costs while `PARALLEL` of them are under way, and bytes a second of
    all together. `latency`: seconds of a request that is alone. `mapped`: the shards are files of this machine, whose
    bytes are looked at in mapped memory: nothing is read ahead or joined.
    """

    request: float
    bandwidth: float = BANDWIDTH
    latency: float = 0.0
    mapped: bool = False

    @property
    def gap(self) -> int:
        """Bytes that cost as much as a request, at most `LARGEST_GAP`."""
        return int(min(self.request * self.bandwidth, LARGEST_GAP))


#: A disk of this machine: the kernel joins neighbours, and a gap is never worth its bytes.
DISK = Link(0.0, mapped=True)


def joined_within(
    starts: np.ndarray, stops: np.ndarray, gap: int, most: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`joined` with the largest gap (halved until it fits) whose spans hold at most `most` bytes; gap 0 where none
    does.
    """
    while True:
        spans = joined(starts, stops, gap)
        if not gap or int((spans[1] - spans[0]).sum()) <= most:
            return spans
        gap //= 2
