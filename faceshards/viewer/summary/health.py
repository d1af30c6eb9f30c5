"""Whether a shard's bytes are what its headers say, in one word and one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from faceshards.shards.reader import Shard
from faceshards.shards.repair.verify import verify

#: From the best to the worst.
STATES = ("whole", "unchecked", "damaged", "unreadable")
#: A damaged shard names this many faults; the others are counted.
_NAMED = 3


@dataclass(frozen=True)
class Health:
    """`state` is one of `STATES`; `detail` is the one line that says why it is not whole; `checked` counts
    members. Of a shard that is `unreadable` (a permission, a disk, a store) nobody knows whether it is whole.
    """

    state: str
    detail: str = ""
    checked: int = 0

    @classmethod
    def worst(cls, healths: Sequence[Health]) -> Health:
        """The health of several shards together."""
        state = max((health.state for health in healths), key=STATES.index, default="whole")
        detail = "; ".join(health.detail for health in healths if health.state == state and health.detail)
        return cls(state, detail, sum(health.checked for health in healths))


def check(shard: Shard, checksums: bool = True) -> Health:
    """The health of an open shard. Its length was held against the front record when it was opened.

    With `checksums` every byte of the file is accounted for (shards.verify). A foreign tar carries no
    checksums: it is `unchecked`.
    """
    if not checksums:
        return Health("unchecked", "checksums were not read")
    verdict = verify(shard.path, deep=True)
    if verdict.defects:
        others = len(verdict.defects) - _NAMED
        more = f" and {others} more fault{'s' * (others > 1)}" if others > 0 else ""
        return Health("damaged", "; ".join(map(str, verdict.defects[:_NAMED])) + more, verdict.members)
    if verdict.foreign:
        return Health("unchecked", "a foreign tar carries no checksums")
    return Health("whole", "", verdict.members)
