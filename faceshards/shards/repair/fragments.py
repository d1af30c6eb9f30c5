"""The members of a damaged tar that belong together, with the gap that touches them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from faceshards.shards.repair.remains import Gap, Remains
from faceshards.shards.tar.front import Front
from faceshards.shards.tar.members import Member, raw
from faceshards.shards.tar.samples import grouped


@dataclass(frozen=True)
class Fragment:
    """Members of one key that stand together. `gap` is one that touches them; `behind`: it precedes them."""

    key: str
    members: dict[str, Member]
    gap: Gap | None
    behind: bool

    @property
    def byte(self) -> int:
        """Where they begin."""
        return next(iter(self.members.values())).start


def fragments(found: Remains) -> Iterator[Fragment]:
    """What stands, sample by sample; members that belong to no sample are left out."""
    groups = grouped([raw(member.name) for member in found.members])
    numbers = groups.sample.tolist()
    places: dict[int, list[int]] = {}
    for place, number in enumerate(numbers):
        if number >= 0:
            places.setdefault(number, []).append(place)
    for number, mine in places.items():
        members = {groups.columns[groups.column[place]]: found.members[place] for place in mine}
        yield Fragment(groups.keys[number], members, *_touching(found, mine[0], mine[-1]))


def _touching(found: Remains, first: int, last: int) -> tuple[Gap | None, bool]:
    """The gap that lies before, within or behind these members, and whether it lies before them."""
    runs, gaps = found.runs, found.gaps
    if runs[first] < runs[last] or (runs[last] < len(gaps) and (last + 1 == len(runs) or runs[last + 1] > runs[last])):
        return gaps[runs[first] if runs[first] < runs[last] else runs[last]], False
    before = runs[first] > 0 and (first == 0 or runs[first - 1] < runs[first])
    return (gaps[runs[first] - 1], True) if before else (None, False)


def full_columns(parts: Sequence[Fragment], front: Front | None) -> frozenset[str]:
    """The columns that every sample of a shard of ours has. Empty where it cannot be told.

    Shown by the samples that no gap touches: those with the most columns, for what is damaged has fewer. Where the
    front record stands, by any sample that has as many columns as the record counts members a sample.
    """
    seen = [frozenset(part.members) for part in parts if part.gap is None]
    if front and front.samples:
        every = seen or [frozenset(part.members) for part in parts]
        seen = [columns for columns in every if len(columns) * front.samples == front.members]
    counts = Counter(columns for columns in seen if "json" in columns)
    return max(counts, key=lambda columns: (len(columns), counts[columns]), default=frozenset())
