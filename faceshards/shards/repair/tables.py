"""What `faceshards index` prints: a row a shard, the faults, what was mended, totals; and the same as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from faceshards.shards.index.index import index_path
from faceshards.shards.repair.checkup import Checkup
from faceshards.shards.repair.repair import Repair
from faceshards.shards.repair.salvage import Salvage, report_path
from faceshards.terminal import new_table, plain, shard_names, size, titled

#: A shard names this many faults and lost samples on the screen; --json has all.
_NAMED = 10
_BAD = "bold red"
_STYLES = {"whole": "green", "unchecked": "yellow", "unverified": "dim", "damaged": _BAD, "unreadable": _BAD}
_INDEX_STYLES = {"wrong": _BAD, "unsaved": "yellow", "none": "dim"}


@dataclass(frozen=True)
class Look:
    """One shard: what was found, what was done; `refusal` says why nothing could be done."""

    found: Checkup
    repair: Repair | None = None
    refusal: str = ""

    @property
    def broken(self) -> bool:
        """Whether anything is broken still, or was lost."""
        return self.found.broken and not (self.repair and self.repair.mended)


def index_lines(looks: Sequence[Look], swept: Sequence[Path]) -> Iterator[Text]:
    """The lines below the table: faults, what was done, the totals."""
    for look in looks:
        yield from _fault_lines(look)
        if look.repair:
            yield from _repair_lines(look.found, look.repair)
    for file in swept:
        yield plain(f"swept    {file}")
    yield plain(_total_line(total_record(looks, swept)))


def index_table(looks: Sequence[Look]) -> Table:
    """A row a shard."""
    folder, names = shard_names([look.found.place for look in looks])
    table = new_table(titled("Shards", folder), "shard...", "samples#", "size#", "index", "state")
    for name, look in zip(names, looks, strict=True):
        found = look.found
        samples = "?" if found.samples is None else str(found.samples)
        index, state = plain(found.index, _INDEX_STYLES.get(found.index, "")), plain(found.state, _STYLES[found.state])
        table.add_row(plain(name), samples, size(found.bytes), index, state)
    return table


def _fault_lines(look: Look) -> Iterator[Text]:
    name, faults = Path(str(look.found.place)).name, look.found.defects
    for fault in faults[:_NAMED]:
        says = fault.says.removeprefix(f"{name}: ").removeprefix(f"{look.found.place}: ")
        yield plain(f"fault    {name}: byte {fault.offset}: {says}", "red")
    if len(faults) > _NAMED:
        yield plain(f"fault    {name}: and {len(faults) - _NAMED} more (--json lists all)", "red")
    if look.found.refused:
        word = "unread  " if look.found.state == "unreadable" else "unsaved "
        yield plain(f"{word} {name}: {look.found.refused}", "yellow")
    if look.refusal:
        yield plain(f"no help  {look.refusal}", "red")


def _repair_lines(found: Checkup, repair: Repair) -> Iterator[Text]:
    if repair.index_rebuilt:
        yield plain(f"mended   {index_path(found.place)}: rebuilt from the tar", "green")
    if repair.salvage:
        yield from _salvage_lines(repair.salvage)


def _salvage_lines(done: Salvage) -> Iterator[Text]:
    for one in done.lost[:_NAMED]:
        yield plain(f"lost     {one.key}: byte {one.byte}: {one.reason}", "red")
    if len(done.lost) > _NAMED:
        yield plain(f"lost     and {len(done.lost) - _NAMED} more ({report_path(done.shard)} lists all)", "red")
    yield plain(f"salvaged {_counts(done)}: {done.target or 'no shard was written'}", "green" if done.target else "red")
    if not done.provenance_whole:
        yield plain("lost     what made its columns: the front record is broken", "red")
    if not done.checked:
        yield plain("         a foreign tar: nothing vouches for the bytes of what is kept", "yellow")
    yield plain(f"report   {report_path(done.shard)}")
    if done.set_aside:
        yield plain(f"aside    {done.set_aside}: the damaged file")
    elif done.target:
        yield plain(f"beside   {done.shard}: still damaged, still in the dataset: --set-aside renames it", "yellow")


def _counts(done: Salvage) -> str:
    """`11 kept + 1 lost = 12 samples`."""
    parts = [f"{done.kept} kept", f"{len(done.lost)} lost"]
    if done.samples is None:
        return " + ".join(parts) + ", how many there were is not known"
    if done.unnamed:
        parts.append(f"{done.unnamed} lost without a name")
    return " + ".join(parts) + f" = {done.samples} samples"


def _total_line(total: dict[str, Any]) -> str:
    states = [f"{total[state]} {state}" for state in _STYLES if total[state]]
    samples = f"{total['samples']} samples" + (f" and those of {total['unknown']} others" if total["unknown"] else "")
    count = len(total["swept"])
    swept = f"; {count} leftover{'s' * (count != 1)} swept" if count else ""
    return f"total    {total['shards']} shards = {' + '.join(states)}; {samples}; {size(total['bytes'])}{swept}"


def look_record(look: Look) -> dict[str, Any]:
    """One shard as a JSON object."""
    found = look.found
    repair = None
    if look.repair:
        done = look.repair.salvage
        repair = {"index_rebuilt": look.repair.index_rebuilt, "salvage": done.record() if done else None}
    return {
        "path": str(found.place),
        "state": found.state,
        "index": found.index,
        "samples": found.samples,
        "bytes": found.bytes,
        "faults": [{"byte": fault.offset, "says": fault.says} for fault in found.defects],
        "repair": repair,
        "refusal": look.refusal or look.found.refused or None,
    }


def total_record(looks: Sequence[Look], swept: Sequence[Path]) -> dict[str, Any]:
    """All shards together: the states add up to `shards`; `unknown` shards have no count of samples."""
    states = Counter(look.found.state for look in looks)
    salvages = [look.repair.salvage for look in looks if look.repair and look.repair.salvage]
    return {
        "shards": len(looks),
        **{state: states[state] for state in _STYLES},  # type: ignore[index]
        "broken": sum(look.broken for look in looks),
        "samples": sum(look.found.samples or 0 for look in looks),
        "unknown": sum(look.found.samples is None for look in looks),
        "bytes": sum(look.found.bytes for look in looks),
        "kept": sum(done.kept for done in salvages),
        "lost": sum(len(done.lost) + (done.unnamed or 0) for done in salvages),
        "swept": [str(file) for file in swept],
    }
