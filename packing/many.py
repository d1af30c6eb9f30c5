"""Many sources or shards, one after the other or side by side: a bad one is told, and the rest goes on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

from rich.markup import escape
from rich.table import Table

from faceshards.errors import FaceshardsError, SoftwareError, SourceError, UsageError
from faceshards.jobs.progress import progress
from faceshards.jobs.report import Report, total
from faceshards.packing.ahead import ahead, cores
from faceshards.packing.sources.archive import readable
from faceshards.shards.storage.find import list_shards
from faceshards.shards.storage.url import Place, place
from faceshards.terminal import Screen

# Failed ones that a table names.
_MOST_NAMED = 20


@dataclass(frozen=True)
class One:
    """One of many: where it lies, and the folder below the output's that what is made of it goes to (`""`: the
    output's itself).
    """

    place: Place
    below: str = ""

    @property
    def name(self) -> str:
        """How it is called in messages."""
        return readable(str(self.place))

    def folder(self, out: Place) -> Place:
        """Where what is made of it goes."""
        return out / self.below if self.below else out


@dataclass(frozen=True)
class Told:
    """What became of one: its report, or the error that kept it from being made; `stood`: it was made before."""

    name: str
    report: Report | None = None
    error: str = ""
    stood: bool = False

    def record(self) -> dict[str, Any]:
        """As JSON values."""
        rest = {"source": self.name} if self.report is None else self.report.record()
        return {**rest, "error": self.error or rest.get("error"), "stood": self.stood}


def find_many(paths: Sequence[str | Place], what: str = ".tar") -> list[One]:
    """The tars that files, folders (at any depth) and URLs name, each once; what lies in folders of a folder goes to
    such folders of the output. Raises UsageError where there is none, and where two would make one file.
    """
    found: dict[Place, One] = {}
    for path in paths:
        try:
            (listing,) = list_shards(path)
        except UsageError as error:
            raise UsageError(str(error).partition(": pack some first")[0].replace(".tar shard", what)) from None
        top = place(path)
        for number, one in enumerate(listing.shards):
            name = listing.names[number] if listing.names else str(one).removeprefix(f"{top}/")
            below = name.rpartition("/")[0] if name != str(one) else ""
            found.setdefault(one, One(one, below))
    outputs: dict[tuple[str, str], One] = {}
    for each in found.values():
        other = outputs.setdefault((each.below, each.place.name), each)
        if other is not each:
            raise UsageError(f"{other.name} and {each.name} would make one file: give each an output of its own")
    return list(found.values())


def do_each(
    many: Sequence[One],
    work: Callable[[One, Callable[[], None]], tuple[Report, bool]],
    *,
    title: str,
    workers: int | None = None,
) -> list[Told]:
    """What became of each, in their order; `workers` (by default one a core) are worked on side by side.

    `work` gives its report and whether it was made before; it is handed a check that raises when all shall end. What it
    raises is told of this one. Raises SoftwareError, and what ends a run.
    """
    over = Event()

    def check() -> None:
        if over.is_set():
            raise KeyboardInterrupt

    def one(each: One) -> Told:
        try:
            report, stood = work(each, check)
            return Told(each.name, report, report.error or "", stood)
        except SoftwareError:
            raise
        except (FaceshardsError, OSError) as error:
            return Told(each.name, error=readable(str(error)))

    told: list[Told] = []
    with (
        progress(title, len(many), "tars") as advance,
        ahead(many, one, min(workers or cores(), max(1, len(many)))) as done,
    ):
        try:
            for _, outcome in done:
                told.append(outcome)
                advance(len(told), len(many))
        except BaseException:
            over.set()
            raise
    return told


def show(command: str, told: Sequence[Told], out: Place, as_json: bool) -> None:
    """The table of all, and with `as_json` one object on stdout: `total` and `tars`. Raises SourceError where one
    failed, after the rest is done.
    """
    whole = total((one.report for one in told if one.report), command, f"{len(told)} tars")
    Screen(stderr=as_json, highlight=False).print(closing_table(command, told, whole, out))
    failed = [one for one in told if one.error]
    if as_json:
        counts = {"tars": len(told), "stood": sum(one.stood for one in told), "failed": len(failed)}
        record = {"total": {**whole.record(), **counts}, "tars": [one.record() for one in told]}
        Screen(highlight=False).print(json.dumps(record), soft_wrap=True, markup=False)
    if failed:
        raise SourceError(f"{len(failed)} of {len(told)} tars failed: {failed[0].error}")


def closing_table(command: str, told: Sequence[Told], whole: Report, out: Place) -> Table:
    """Tars in, made, passed over and failed; samples in, whole, and not by reason, which add up; the folder."""
    table = Table(title=escape(command), title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    failed = [one for one in told if one.error]
    stood = sum(one.stood for one in told)
    table.add_row("tars in", str(len(told)))
    table.add_row("made", str(len(told) - stood - len(failed)))
    if stood:
        table.add_row("made before", f"{stood}: --force makes them again")
    table.add_row("failed", str(len(failed)))
    for one in failed[:_MOST_NAMED]:
        table.add_row("", escape(one.error))
    if len(failed) > _MOST_NAMED:
        table.add_row("", f"and {len(failed) - _MOST_NAMED} more")
    table.add_row("samples in", str(whole.seen))
    table.add_row("whole", str(whole.whole))
    table.add_row("not whole", str(whole.failures))
    for code, count, example in _reasons(told):
        table.add_row(f"  {code}", escape(f"{count}{example}"))
    for label, names in _names(told):
        table.add_row(label, escape(names))
    table.add_row("folder", escape(str(out)))
    return table


def _reasons(told: Sequence[Told]) -> Iterator[tuple[str, int, str]]:
    """Code, count, and an example of each reason."""
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for one in told:
        for codes in one.report.failed.values() if one.report else ():
            counts.update(codes)
        for each in getattr(one.report, "rejected", ()):
            examples.setdefault(each["code"], f", such as {each['name']!r} of {one.name}: {each['reason']}")
    for code in sorted(counts):
        yield code, counts[code], examples.get(code, "")


def _names(told: Sequence[Told]) -> Iterator[tuple[str, str]]:
    """What has no place on the other side, of all reports."""
    for label, attribute in (("left out", "left_out"), ("the trainer asks for", "absent")):
        names = dict.fromkeys(name for one in told for name in getattr(one.report, attribute, ()))
        if names:
            yield label, ", ".join(names)
