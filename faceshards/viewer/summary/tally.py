"""What the facts of a shard's samples add up to, a few hundred samples at a time: the json of a large shard is never
held as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceshards.shards.reader import Shard
from faceshards.viewer.summary.failures import (
    RecordedFailure,
    first_failure,
    recorded_failures,
    stage_order,
    stage_reads,
)

#: Samples whose facts are held at a time: some MB.
AT_ONCE = 512

#: The stages that worked on a sample, and the one at which it failed first (nothing for a whole sample).
Meeting = tuple[frozenset[str], str]


class Tally:
    """`failures` in the order of the rows; `made`: column or score -> fingerprint -> samples; `present`: key of the
    json -> samples that have a value there; `meetings`: how many samples that stand met which stages.
    """

    def __init__(self, shard: Shard) -> None:
        self._shard, self._provenance = shard, shard.provenance
        self._reads: dict[str, set[str]] = {}
        self.failures: list[RecordedFailure] = []
        self.made: dict[str, Counter[str]] = {}
        self.present: Counter[str] = Counter()
        self.meetings: Counter[Meeting] = Counter()

    @classmethod
    def of(
        cls,
        shard: Shard,
        rows: NDArray[np.int64],
        stand: Sequence[bool],
        facts_of: Callable[[Shard, Sequence[int]], list[dict[str, Any]]],
    ) -> Tally:
        """That of some rows, whose facts `facts_of` tells; `stand`: whether each is a sample, and no tombstone."""
        tally = cls(shard)
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE].tolist()
            facts = facts_of(shard, some)
            for row, one, stands in zip(some, facts, stand[start : start + AT_ONCE], strict=True):
                tally._add(shard.keys[row], one, stands)
            for stage, read in stage_reads(facts, tally._provenance).items():
                tally._reads.setdefault(stage, set()).update(read)
        return tally

    def _add(self, key: str, facts: Mapping[str, Any], stands: bool) -> None:
        failure = first_failure(key, facts)
        if failure:
            self.failures.append(failure)
        self.present.update(name for name, value in facts.items() if value is not None)
        made = facts.get("made")
        marks = [(name, mark) for name, mark in made.items() if isinstance(mark, str)] if isinstance(made, dict) else []
        for name, mark in marks:
            self.made.setdefault(name, Counter())[mark] += 1
        if stands:
            makers = (self._provenance[mark].stage for _, mark in marks if mark in self._provenance)
            met = frozenset([*makers, *(one["stage"] for one in recorded_failures(facts))])
            self.meetings[met, failure.stage if failure else ""] += 1

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that worked here, in the order of `stage_order`."""
        return stage_order(self._provenance, self._reads, {one.stage for one in self.failures})
