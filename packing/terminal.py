"""A run of packing as a terminal shows it: what was found, a bar, the closing table; for machines a JSON object."""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import closing

from rich.markup import escape
from rich.table import Table

from faceshards.errors import SourceError
from faceshards.jobs.progress import progress
from faceshards.packing.kinds.kind import Kind
from faceshards.packing.options import PackOptions
from faceshards.packing.pack_report import PackReport
from faceshards.packing.packer import Packer
from faceshards.packing.sources.archive import Archive, readable
from faceshards.packing.sources.clip_list import ClipList
from faceshards.shards.storage.url import Place
from faceshards.terminal import Screen, counted


def pack_archive(
    archive: Archive,
    folder: Place,
    options: PackOptions,
    *,
    kind: Kind | None = None,
    workers: int | None = None,
    force: bool = False,
    as_json: bool = False,
    name: str | None = None,
    again: Collection[str] = (),
) -> None:
    """Packs an open source of a kind (by default clips) into a folder, which is made where it is missing, says how it
    went, and closes the source. `name` and `again` as in `Packer`.

    With `as_json` the report is one object on stdout, and all else goes to stderr. Raises SourceError where the source
    cannot be read or every clip is rejected, StorageError, UsageError.
    """
    console = Screen(stderr=as_json, highlight=False)
    with closing(archive):
        packer = Packer(archive, folder, options, force, kind=kind, workers=workers, name=name, again=again)
        report = show_archive(packer, console)
    if as_json:
        Screen(highlight=False).print(json.dumps(report.record()), soft_wrap=True, markup=False)
    if report.error:
        raise SourceError(f"{report.source}: {report.error}, no shard was made")


def show_archive(packer: Packer, console: Screen) -> PackReport:
    """Packs, unless that was done, and shows on the console what was found and how it went. Raises as `Packer.run`."""
    console.print(escape(found_line(packer.archive, packer.kind, packer.listed)), soft_wrap=True)
    report = packer.already_packed()
    if report:
        console.print("already packed, with these options: --force packs again")
    else:
        report = _run(packer)
    console.print(closing_table(report))
    return report


def _run(packer: Packer) -> PackReport:
    with progress(f"packing {escape(_called(packer.archive))}") as advance:
        return packer.run(advance)


def found_line(archive: Archive, kind: Kind, listed: ClipList) -> str:
    """One line: `group124.zip: a zip of 12 folders of frames and 3 video files (mp4 2, mpg 1)`."""
    return f"{_called(archive)}: a {archive.kind} of {kind.found(listed) or 'nothing that can be read'}"


def _called(archive: Archive) -> str:
    """The name of a source's path; that of a path without one, as `.`, is the path as it was given."""
    return readable(archive.path.name or str(archive.path))


def closing_table(report: PackReport) -> Table:
    """Clips in, packed and rejected by reason, which add up; entries that are no clips; the files."""
    table = Table(title=f"pack {escape(report.source)}", title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("clips in", str(report.seen))
    table.add_row("packed", str(report.whole))
    table.add_row("rejected", str(report.failures))
    for code, count in sorted(report.failed.get("pack", {}).items()):
        table.add_row(f"  {code}", f"{count}, {_example(report, code)}")
    for what, count in sorted(report.counts.items()):
        table.add_row(what, str(count))
    if report.ignored:
        table.add_row("no clips", escape(counted(report.ignored)))
    for what, told in report.remarks.items():
        table.add_row(what, escape(f"{told['count']}, such as {told['names'][0]!r}"))
    for file in report.files:
        table.add_row("file", escape(file))
    return table


def _example(report: PackReport, code: str) -> str:
    first = next(one for one in report.rejected if one["code"] == code)
    return escape(f"such as {first['name']!r}: {first['reason']}")
