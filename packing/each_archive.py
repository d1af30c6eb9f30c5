"""Several sources, each packed into shards of its own name: one after the other, or each as a task of a Ray."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from rich.markup import escape

from faceshards.errors import SourceError, UsageError
from faceshards.packing.annotations.joined import UNUSED
from faceshards.packing.kinds.kind import Kind
from faceshards.packing.many import One, OneDone, Told, do_each
from faceshards.packing.many_on_ray import anywhere
from faceshards.packing.options import PackOptions
from faceshards.packing.pack_report import PackReport
from faceshards.packing.packer import Packer
from faceshards.packing.sources.archive import source_name
from faceshards.packing.sources.opening import open_source
from faceshards.packing.terminal import closing_table, pack_archive, show_archive
from faceshards.shards.storage.url import place
from faceshards.terminal import Screen


@dataclass(frozen=True)
class Packing:
    """What is to be done with each source: the folder or URL of the shards, the options, and the `kind`, made anew for
    each source. `workers` samples of a source are made side by side; by default one a core, of Ray's tasks one.
    """

    out: str
    options: PackOptions
    kind: Callable[[], Kind]
    workers: int | None = None
    force: bool = False


def pack_sources(paths: Sequence[Path], packing: Packing, *, ray: str | None = None, as_json: bool = False) -> None:
    """Packs zips, tars and folders, each into shards of its name, and says how it went; what is wrong with one is told
    at the end, and the others are packed. `ray`: the address of a Ray, whose tasks do it, one a source; each node must
    see the sources and the folder under these paths.

    With `as_json` the reports are one list on stdout; of a single source one object, as `pack_archive` writes it.
    Raises SourceError where a source is not packed, UsageError for two of one name, StageError for no such Ray.
    """
    if len(paths) == 1 and ray is None:
        out, kind = place(packing.out), packing.kind()
        archive, workers, force = open_source(paths[0], packing.options.limits, out), packing.workers, packing.force
        pack_archive(archive, out, packing.options, kind=kind, workers=workers, force=force, as_json=as_json)
        return
    _require_names(paths)
    console = Screen(stderr=as_json, highlight=False)
    many = [One(path) for path in paths]
    if ray is None:
        told = do_each(many, partial(_shown, packing, console), workers=1, tell=_teller(console))
    else:
        work = partial(_silent, replace(packing, out=str(anywhere(place(packing.out)))))
        how: dict[str, Any] = {"title": "packing", "unit": "sources", "tell": _teller(console, closing_table)}
        told = do_each(many, work, workers=packing.workers, ray=ray, **how)
    _close(told, console, as_json)


def _require_names(paths: Sequence[Path]) -> None:
    counts = Counter(source_name(path) for path in paths)
    for path in paths:
        if counts[source_name(path)] > 1:
            raise UsageError(f"{path}: {counts[source_name(path)]} sources are called {source_name(path)}: rename one")


def _teller(console: Screen, table: Callable[[PackReport], Any] | None = None) -> Callable[[Told], None]:
    """Says of each, as soon as it is done, what is wrong with it, and with a `table` how it went."""

    def tell(one: Told) -> None:
        if table and one.report:
            console.print(table(cast(PackReport, one.report)))
        if one.error:
            console.print(escape(_line(one)), soft_wrap=True)

    return tell


def _shown(packing: Packing, console: Screen, one: One, check: Callable[[], None]) -> OneDone:
    with _packer(packing, one, packing.workers) as packer:
        return _done(packer, show_archive(packer, console))


def _silent(packing: Packing, one: One, check: Callable[[], None]) -> OneDone:
    with _packer(packing, one, packing.workers or 1) as packer:
        return _done(packer, packer.already_packed() or packer.run())


@contextmanager
def _packer(packing: Packing, one: One, workers: int | None) -> Iterator[Packer]:
    out, kind = place(packing.out), packing.kind()
    with closing(open_source(Path(str(one.place)), packing.options.limits, out)) as archive:
        yield Packer(archive, out, packing.options, packing.force, kind=kind, workers=workers)


def _done(packer: Packer, report: PackReport) -> OneDone:
    return OneDone(report, unused=frozenset(packer.listed.remarks.get(UNUSED, ())))


def _close(told: Sequence[Told], console: Screen, as_json: bool) -> None:
    failed = [one for one in told if one.error]
    seen = [one.unused for one in told if one.report]
    unused = frozenset.intersection(*seen) if seen else frozenset()
    console.print(f"{len(told) - len(failed)} of {len(told)} sources are packed")
    for one in failed:
        console.print(escape(f"not packed: {_line(one)}"), soft_wrap=True)
    if unused:
        console.print(escape(f"annotations of no clip in any source: {len(unused)}, such as {min(unused)!r}"))
    if as_json:
        records = [one.report.record() if one.report else {"source": one.name, "error": one.error} for one in told]
        Screen(highlight=False).print(json.dumps(records), soft_wrap=True, markup=False)
    if failed[1:]:
        raise SourceError(f"{failed[0].name} and {len(failed) - 1} more are not packed, as is said above")
    if failed:
        raise SourceError(_line(failed[0]))


def _line(one: Told) -> str:
    error = f"{one.error}, no shard was made" if one.report else one.error.removeprefix(f"{one.name}: ")
    return f"{one.name}: {error}"
