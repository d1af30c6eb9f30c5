"""Every clip of a data set is looked at once, and those that may show the same once more, picture by picture."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import accumulate, chain

import numpy as np

from faceshards.dataset.clips import ShardClips
from faceshards.dataset.duplicates.looks import FINE, LookStore, hashes_of, kept_of, looks_of
from faceshards.errors import ClipError, ColumnError
from faceshards.jobs.progress import Advance
from faceshards.shards.reader import Shard
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.version import CHANGED, Changed

# Clips of a shard that one thread looks at behind one another, with the shard open; clips whose pictures are held.
_AT_ONCE, _HELD = 16, 64


@dataclass(frozen=True)
class ClipLooks:
    """What was seen of N clips: hashes, uint64 (H,), and the clip of each, int64 (H,); `bad`: clip -> reason code."""

    hashes: np.ndarray
    clips: np.ndarray
    bad: Mapping[int, str] = field(default_factory=dict)


def looked_at(
    shards: Sequence[ShardClips],
    store: LookStore,
    threads: int,
    options: StoreOptions | None = None,
    advance: Advance = lambda done, known: None,
) -> ClipLooks:
    """Decodes every clip of some shards once, in `threads`, and puts its looks into the store, in their order.

    Raises `Changed` where a shard is another version than the one that was listed, and as reading a shard does; a clip
    that does not decode, or of which there are no pictures, is `bad`, and has no looks.
    """
    total = sum(map(len, shards))
    parts = [(one, range(row, min(row + _AT_ONCE, len(one)))) for one in shards for row in range(0, len(one), _AT_ONCE)]
    hashes, clips, bad = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)], {}
    with ThreadPoolExecutor(threads) as pool:
        for seen in chain.from_iterable(pool.map(lambda part: list(_seen(part[0], part[1], options)), parts)):
            clip = len(store)
            if isinstance(seen, str):
                bad[clip] = seen
                store.add(np.zeros((0, 1), np.float16))
            else:
                hashes.append(seen[0])
                clips.append(np.full(len(seen[0]), clip))
                store.add(seen[1])
            advance(clip + 1, total)
    return ClipLooks(np.concatenate(hashes), np.concatenate(clips), bad)


def _seen(one: ShardClips, rows: range, options: StoreOptions | None) -> Iterator[tuple[np.ndarray, np.ndarray] | str]:
    """Hashes and what is kept of the looks of some clips, or why there are none."""
    with _opened(one, options) as shard:
        for row in rows:
            if row in one.removed:
                yield np.zeros(0, np.uint64), np.zeros((0, 1), np.float16)
                continue
            try:
                looks = looks_of(shard, row, shard.json(row))
                yield np.unique(hashes_of(looks)), kept_of(looks)
            except ClipError as error:
                yield error.code
            except ColumnError:  # a shard of sounds, or of arrays alone
                yield "bad-column"


class FineLooks:
    """The looks of single clips, 25 a second, the last few of them held."""

    def __init__(self, shards: Sequence[ShardClips], options: StoreOptions | None = None) -> None:
        self._shards, self._options = shards, options
        self._starts = [0, *accumulate(map(len, shards))]
        self._held: OrderedDict[int, np.ndarray] = OrderedDict()

    def of(self, clip: int) -> np.ndarray:
        """Those of a clip that was looked at before: uint8 (n, 1024)."""
        if clip in self._held:
            self._held.move_to_end(clip)
            return self._held[clip]
        number = int(np.searchsorted(self._starts, clip, side="right")) - 1
        with _opened(self._shards[number], self._options) as shard:
            row = clip - self._starts[number]
            looks = looks_of(shard, row, shard.json(row), FINE)
        if len(self._held) >= _HELD:
            self._held.popitem(last=False)
        self._held[clip] = looks.round().astype(np.uint8).reshape(len(looks), -1)
        return self._held[clip]


def _opened(one: ShardClips, options: StoreOptions | None) -> Shard:
    """The very version of a shard that was listed. Raises `Changed`."""
    shard = Shard(one.place, options)
    if shard.generation != one.generation:
        shard.close()
        raise Changed(f"{one.place}: {CHANGED}")
    return shard
