"""Which samples of a damaged shard are whole, and why the others are not.

There are two witnesses. The index beside the shard, where it proves itself: it knows the place and the checksum of
every member, so that a broken header costs nothing. Without one, the headers that still stand; a sample next to a gap
then counts as whole only where no column of it can be missing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastcrc import crc32

from faceshards.shards.repair.fragments import Fragment, fragments, full_columns
from faceshards.shards.repair.front_traces import FrontTraces, front_traces
from faceshards.shards.repair.index_witness import WitnessedRows, index_witness
from faceshards.shards.repair.remains import Remains, remains
from faceshards.shards.schema.columns import ordered
from faceshards.shards.storage.local_file import LocalFile
from faceshards.shards.tar.front import Front, generation
from faceshards.shards.tar.header import member_header
from faceshards.shards.tar.members import Member, raw


@dataclass(frozen=True)
class Survivor:
    """A whole sample: column -> member."""

    key: str
    members: dict[str, Member]


@dataclass(frozen=True)
class LostSample:
    """A sample that is not whole: the byte where it breaks, and why. `row` is None where no index knows it."""

    key: str
    row: int | None
    byte: int
    reason: str


@dataclass(frozen=True)
class Survivors:
    """What became of the samples that can be told. `expected` is how many there were, None where nothing says it.
    `ours`: members carry checksums, and those of `kept` hold; else they are unchecked.
    """

    front: FrontTraces
    ours: bool
    expected: int | None
    kept: tuple[Survivor, ...]
    lost: tuple[LostSample, ...]

    @property
    def members(self) -> list[Member]:
        """The members of `kept`, in file order."""
        return [member for survivor in self.kept for member in survivor.members.values()]

    @property
    def generation(self) -> str:
        """The generation of a shard that holds `kept` and nothing else."""
        return generation((raw(member.name), member.size, member.crc32c or 0) for member in self.members)


def survivors(file: LocalFile) -> Survivors:
    """Looks at every sample of a shard that may be damaged anywhere; reads all of it."""
    data = file.data()
    traces = front_traces(data)
    front = traces.front
    rows = index_witness(file.place, traces, file.size)
    if rows is not None:
        kept, lost = _by_index(data, rows)
        return Survivors(traces, True, len(rows), tuple(kept), tuple(lost))
    found = remains(data, ours=True)
    ours = front is not None or found.ours
    if not ours:
        found = remains(data, ours=False)
    kept, lost = _by_headers(data, found, front, ours)
    expected = front.samples if front else None
    if expected is not None and len(kept) + len(lost) > expected:
        lost = []  # a cut name is among them: how many there are is known, not which
    told = Survivors(traces, ours, expected, tuple(kept), tuple(lost))
    if ours and front is None and told.generation == traces.generation:  # all the members that there were
        return replace(told, expected=len(kept))
    return told


def _by_index(data: memoryview, rows: WitnessedRows) -> tuple[list[Survivor], list[LostSample]]:
    """Each row where the index places it; those that are not there are looked for by their headers."""
    faults = [
        next((fault for member in members.values() if (fault := _body_fault(data, member))), None)
        for _, members in rows
    ]
    moved = _moved(data, rows) if any(faults) else {}
    kept, lost = [], []
    for number, ((key, members), fault) in enumerate(zip(rows, faults, strict=True)):
        if fault is None or key in moved:
            kept.append(Survivor(key, moved.get(key, members) if fault else members))
        else:
            lost.append(LostSample(key, number, *fault))
    return kept, lost


def _moved(data: memoryview, rows: WitnessedRows) -> dict[str, dict[str, Member]]:
    """Samples that stand anywhere with the members that the index knows."""
    known = {key: _contents(members) for key, members in rows}
    return {
        part.key: part.members
        for part in fragments(remains(data, ours=True))
        if known.get(part.key) == _contents(part.members)
        and not any(_body_fault(data, member) for member in part.members.values())
    }


def _contents(members: dict[str, Member]) -> dict[str, tuple[int, int | None]]:
    return {column: (member.size, member.crc32c) for column, member in members.items()}


def _body_fault(data: memoryview, member: Member) -> tuple[int, str] | None:
    if member.offset + member.size > len(data):
        return member.offset, f"{member.name} is cut off: the file ends at byte {len(data)}"
    if crc32.iscsi(data[member.offset : member.offset + member.size]) != member.crc32c:
        return member.offset, f"{member.name} differs from its checksum"
    return None


def _by_headers(
    data: memoryview, found: Remains, front: Front | None, ours: bool
) -> tuple[list[Survivor], list[LostSample]]:
    parts = list(fragments(found))
    full = full_columns(parts, front) if ours else frozenset(column for part in parts for column in part.members)
    kept: dict[object, Survivor] = {}
    lost: dict[str, LostSample] = {}
    for number, part in enumerate(parts):
        fault = _our_fault(data, part, full) if ours else _foreign_fault(part, full)
        if not fault and ours and part.key in kept:
            fault = part.byte, "its key was there before"
        if fault:
            lost.setdefault(part.key, LostSample(part.key, None, *fault))
        else:
            kept[part.key if ours else number] = Survivor(part.key, part.members)
    whole = {survivor.key for survivor in kept.values()} if ours else set()
    return list(kept.values()), [one for one in lost.values() if one.key not in whole]


def _our_fault(data: memoryview, part: Fragment, full: frozenset[str]) -> tuple[int, str] | None:
    """Why a sample of ours is not whole: a column is missing, or a member is not what its header says."""
    if not full:
        return part.byte, "no sample shows which columns it must have"
    if part.members.keys() != full:
        return _missing(part, full)
    if list(part.members) != ordered(list(full)):
        return part.byte, f"its columns stand in the order {', '.join(part.members)}"
    for member in part.members.values():
        if member.crc32c is None:
            return member.start, f"{member.name} carries no checksum"
        header = member_header(raw(member.name), member.size, member.crc32c)
        if data[member.start : member.offset] != header:
            return member.start, f"the header of {member.name} is not as it was written"
        fault = _body_fault(data, member)
        if fault:
            return fault
    return None


def _foreign_fault(part: Fragment, full: frozenset[str]) -> tuple[int, str] | None:
    """Why a sample of a foreign tar may not be whole. Its first name may have stood in an extended header that is lost
    in the gap before it; where it has all columns, the others' names agree with it.
    """
    if part.gap is None or (part.members.keys() == full and (len(full) > 1 or not part.behind)):
        return None
    if part.members.keys() != full:
        return _missing(part, full)
    return part.byte, f"its name may have stood before it, where {part.gap.reason}"


def _missing(part: Fragment, full: frozenset[str]) -> tuple[int, str]:
    missing = ", ".join(sorted(full - part.members.keys()))
    if part.gap:
        return part.gap.start, f"{missing or 'a member'} is missing: {part.gap.reason}"
    return part.byte, f"its columns are {', '.join(sorted(part.members))}, not {', '.join(sorted(full))}"
