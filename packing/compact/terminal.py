"""A compaction as a terminal shows it: which shards gave what, which were made; for machines a JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from rich.console import RenderableType

from faceshards.packing.compact.compact_report import CompactReport
from faceshards.shards.filters.candidates import made_by
from faceshards.terminal import Screen, new_table, plain, shard_names, size, titled


def show(report: CompactReport, is_new: bool, as_json: bool) -> None:
    """Says how it went: tables on stdout, or there one object and the tables on stderr."""
    screen = Screen(stderr=as_json, highlight=False)
    if not is_new:
        screen.print("already compacted: these clips stand there, --force copies them again", soft_wrap=True)
    screen.print(_sources(report), _made(report), sep="\n")
    for line in _lacking(report):
        screen.print(plain(line, "yellow"), soft_wrap=True)
    screen.print(plain(f"where {report.where}: {report.whole} of {report.seen} clips"), soft_wrap=True)
    if renamed := report.counts.get("renamed"):
        rule = "KEY-2 where a clip before them has theirs, escaped where the format has no such key"
        screen.print(plain(f"{renamed} of them under another key: {rule}"), soft_wrap=True)
    if removed := report.counts.get("removed"):
        screen.print(plain(f"{removed} rows were removed on request: the new shards have no such rows"), soft_wrap=True)
    if as_json:
        Screen(highlight=False).print(json.dumps(report.record()), soft_wrap=True, markup=False)


def _sources(report: CompactReport) -> RenderableType:
    """Clips read = kept + left out, shard by shard and in all."""
    folder, names = shard_names([one["shard"] for one in report.sources])
    table = new_table(titled("Read", folder), "shard...", "clips#", "kept#", "left out#")
    table.show_footer = True
    for name, one in zip(names, report.sources, strict=True):
        table.add_row(plain(name), str(one["clips"]), str(one["kept"]), str(one["clips"] - one["kept"]))
    for column, footer in zip(table.columns, ("total", report.seen, report.whole, report.left_out), strict=True):
        column.footer = str(footer)
    return table


def _lacking(report: CompactReport) -> Iterator[str]:
    """Shards whose clips were left out, or kept, without being measured; those that lack the same in one line."""
    shards: dict[tuple[str, ...], list[str]] = {}
    for one in report.sources:
        if names := one.get("lacking"):
            shards.setdefault(tuple(names), []).append(Path(one["shard"]).name)
    for names, files in shards.items():
        which = files[0] if len(files) == 1 else f"{len(files)} shards ({files[0]}, ...)"
        yield f"no clip of {which} has {', '.join(names)} ({made_by(names)})"


def _made(report: CompactReport) -> RenderableType:
    folder, _ = shard_names(report.files)
    table = new_table(titled("Made", folder), "shard...", "clips#", "size#")
    table.show_footer = True
    for name, one in sorted(report.shards.items()):
        table.add_row(plain(name), str(one["samples"]), size(one["bytes"]))
    sizes = sum(one["bytes"] for one in report.shards.values())
    for column, footer in zip(table.columns, ("total", str(report.whole), size(sizes)), strict=True):
        column.footer = footer
    return table
