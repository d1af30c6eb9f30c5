"""What a reader of the page's numbers must know: what is damaged, what nobody counted, what a filter left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceshards.shards.filters.candidates import made_by
from faceshards.viewer.summary.failures import brief
from faceshards.viewer.summary.runs import RecordedRun
from faceshards.viewer.summary.summary import ShardSummary

#: A list of shards names so many; the others are counted.
_NAMED = 8


def chosen(everything: ShardSummary, where: str) -> Iterator[str]:
    """What a filter chose, and what its choice leaves out of the page."""
    yield (
        f"Only clips for which {where} holds: {everything.samples} of {everything.unfiltered}. "
        "What packing turned away was never measured, and is not counted."
    )
    if everything.lacking:
        yield f"No clip has {', '.join(everything.lacking)} ({made_by(everything.lacking)})."


def broken(summaries: Sequence[ShardSummary]) -> Iterator[str]:
    """Each shard that is damaged or cannot be read."""
    for one in summaries:
        if one.health.state in ("damaged", "unreadable"):
            yield f"{one.path.name} is {one.health.state}: {brief(one.health.detail)}"


def doubts(summaries: Sequence[ShardSummary], packs: Sequence[RecordedRun]) -> Iterator[str]:
    """Counts of packing that are absent, or not those of the shards."""
    held = {one.path.name: one.samples for one in summaries}
    untold = sorted(held.keys() - {name for run in packs for name in run.files})
    if untold:
        yield f"No pack report lies beside {_names(untold)}: what packing turned away there is not counted."
    for run in packs:
        packed = sum(held.get(name, 0) for name in run.files)
        if run.files - held.keys():
            yield f"{run.path.name} counts {len(run.files)} shards, not all of which are shown here."
        elif packed != run.whole:
            yield f"{run.path.name} counts {run.whole} packed clips, its shards hold {packed}: packed again, or cut?"


def _names(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join([*names[:_NAMED], *([f"and {more} more shards"] if more > 0 else [])])
