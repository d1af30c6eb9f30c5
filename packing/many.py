"""Many sources or shards, one after the other or side by side: a bad one is told, and the rest goes on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any, NamedTuple

from rich.markup import escape
from rich.table import Table

from faceshards.errors import FaceshardsError, SoftwareError, SourceError, UsageError
from faceshards.jobs.progress import progress
from faceshards.jobs.report import Report, total
from faceshards.packing.ahead import ahead, cores
from faceshards.packing.many_on_ray import on_ray
from faceshards.packing.sources.archive import readable
from faceshards.packing.sources.compressed_tars import compressed_tars
from faceshards.packing.sources.own_output import lies_below
from faceshards.shards.storage.find import Listing, list_shards
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


class OneDone(NamedTuple):
    """What the work on one gives: its report, whether it was made before, annotations that none of its clips has."""

    report: Report
    stood: bool = False
    unused: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Told:
    """What became of one: its report, or the error that kept it from being made; see `OneDone` for the rest."""

    name: str
    report: Report | None = None
    error: str = ""
    stood: bool = False
    unused: frozenset[str] = frozenset()

    def record(self) -> dict[str, Any]:
        """As JSON values."""
        rest = {"source": self.name} if self.report is None else self.report.record()
        return {**rest, "error": self.error or rest.get("error"), "stood": self.stood}


#: Works on one; the check that it is handed raises when all shall end. What it raises is told of this one.
WorkOnOne = Callable[[One, Callable[[], None]], OneDone]


def find_many(paths: Sequence[str | Place], what: str = ".tar", out: Place | None = None) -> list[One]:
    """The tars that files, folders (at any depth) and URLs name, each once; what lies in folders of a folder goes to
    such folders of the output. With `out`, where what is made of them goes: what lies in it, where it is a folder below
    one of the paths, was packed before and is left out; compressed tars are among them, for who reads one to refuse.
    Raises UsageError where there is none, and where two would make one file.
    """
    found: dict[Place, One] = {}
    for path in paths:
        top = place(path)
        packed = compressed_tars(top) if out is not None else []
        try:
            (listing,) = list_shards(path)
        except UsageError as error:
            if not packed:
                raise UsageError(str(error).partition(": pack some first")[0].replace(".tar shard", what)) from None
            listing = Listing(())
        own = out if out is not None and lies_below(out, top) else None
        for tar in packed:
            if own is None or not lies_below(tar, own):
                found.setdefault(tar, One(tar, str(tar.relative_to(str(top))).rpartition("/")[0]))
        for number, one in enumerate(listing.shards):
            if own is not None and lies_below(one, own):
                continue
            name = listing.names[number] if listing.names else str(one).removeprefix(f"{top}/")
            below = name.rpartition("/")[0] if name != str(one) else ""
            found.setdefault(one, One(one, below))
    if not found:
        raise UsageError(f"{place(paths[0])}: holds no {what} but those in {out}, which were packed")
    outputs: dict[tuple[str, str], One] = {}
    for each in found.values():
        other = outputs.setdefault((each.below, each.place.name), each)
        if other is not each:
            raise UsageError(f"{other.name} and {each.name} would make one file: give each an output of its own")
    return list(found.values())


def do_each(
    many: Sequence[One],
    work: WorkOnOne,
    *,
    title: str = "",
    workers: int | None = None,
    ray: str | None = None,
    unit: str = "tars",
    tell: Callable[[Told], None] = lambda told: None,
) -> list[Told]:
    """What became of each, in their order; `tell` hears of each one at once. `workers` (by default one a core) are
    worked on side by side; with `ray`, the address of a Ray, each is a task of it, for which `workers` (by default one)
    CPUs are taken. Without a title there is no bar. Raises SoftwareError, StageError for no such Ray, and what ends a
    run.
    """
    told: dict[str, Told] = {}
    bar = progress(title, len(many), unit) if title else nullcontext(lambda done, total: None)
    with bar as advance, _begun(many, work, workers, ray) as done:
        for one, outcome in done:
            told[one.name] = outcome
            tell(outcome)
            advance(len(told), len(many))
    return [told[one.name] for one in many]


@contextmanager
def _begun(
    many: Sequence[One], work: WorkOnOne, workers: int | None, ray: str | None
) -> Iterator[Iterator[tuple[One, Told]]]:
    """Each with what became of it: one after the other in this thread, in several threads, or on a Ray."""
    if ray is not None:
        yield on_ray(many, partial(_done, work, _go_on), ray, workers or 1)
        return
    if workers == 1:
        yield ((one, _done(work, _go_on, one)) for one in many)
        return
    over = Event()

    def check() -> None:
        if over.is_set():
            raise KeyboardInterrupt

    with ahead(many, partial(_done, work, check), min(workers or cores(), max(1, len(many)))) as done:
        try:
            yield done
        except BaseException:
            over.set()
            raise


def _go_on() -> None:
    """The check of a thread or a task that ends with who waits for it."""


def _done(work: WorkOnOne, check: Callable[[], None], one: One) -> Told:
    def told() -> Told:
        report, stood, unused = work(one, check)
        return Told(one.name, report, report.error or "", stood, unused)

    return tried(one, told)


def tried(one: One, told: Callable[[], Told]) -> Told:
    """What it tells, or the error that it raises. Raises what is not of this one alone."""
    try:
        return told()
    except SoftwareError:
        raise
    except (FaceshardsError, OSError) as error:
        return Told(one.name, error=readable(str(error)))


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
