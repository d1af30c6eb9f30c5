"""Summaries as tables in the terminal, readable at 80 columns. Names come from data: no control character is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from faceshards.shards.filters.candidates import made_by
from faceshards.terminal import new_table, plain, shard_names, size, titled
from faceshards.viewer.summary.health import STATES
from faceshards.viewer.summary.summary import ShardSummary

_HEALTH_STYLE = {"whole": "green", "unchecked": "yellow", "damaged": "bold red", "unreadable": "bold red"}
#: A collection names this many of its sources; --json has all.
_NAMED_SOURCES = 3


def tables(shards: Sequence[ShardSummary], whole: ShardSummary, where: str | None = None) -> Iterator[RenderableType]:
    """The shards, a row each, and what they hold together: origins, failures, columns, what made them, scalars."""
    yield _shards(shards, whole)
    if where is not None:
        yield plain(f"where {where}: {whole.samples} of {whole.unfiltered} samples") + Text("\n")
        yield from _lacking(shards, whole)
    if whole.removed:
        yield plain(f"{whole.removed} of the samples were removed on request: their rows are empty") + Text("\n")
    if whole.samples > whole.removed:
        yield _origins(whole)
    if whole.failures:
        yield _failures(whole)
    if whole.columns:
        yield _columns(whole)
    if making := _makings(whole):
        yield making
    if models := _models(whole):
        yield models
    if whole.spreads:
        yield _scalars(whole)
    yield plain(_verdict(shards, whole), _HEALTH_STYLE[whole.health.state])


def _lacking(shards: Sequence[ShardSummary], whole: ShardSummary) -> Iterator[Text]:
    """What the filter asks for and nobody has measured: in all shards, else in each that lacks more."""
    for one in (whole, *shards):
        names = [name for name in one.lacking if one is whole or name not in whole.lacking]
        if names:
            who = "no sample" if one is whole else f"no sample of {Path(str(one.path)).name}"
            yield plain(f"{who} has {', '.join(names)} ({made_by(names)})", "yellow") + Text("\n")


def _shards(shards: Sequence[ShardSummary], whole: ShardSummary) -> Table:
    folder, names = shard_names([one.path for one in shards])
    table = new_table(titled("Shards", folder), "shard...", "samples#", "whole#", "failed#", "size#", "health...")
    table.show_footer = len(shards) > 1
    for name, one in zip(names, shards, strict=True):
        table.add_row(plain(name), *_counts(one), size(one.bytes), _health(one))
    footers = ("total", *_counts(whole), size(whole.bytes), whole.health.state)
    for column, footer in zip(table.columns, footers, strict=True):
        column.footer = footer
    return table


def _health(one: ShardSummary) -> Text:
    detail = f": {one.health.detail}" if one.health.detail else ""
    return plain(one.health.state + detail, _HEALTH_STYLE[one.health.state])


def _verdict(shards: Sequence[ShardSummary], whole: ShardSummary) -> str:
    """The result of the check in one line: `health: 2 whole + 1 damaged = 3 shards; 40 members held against ...`."""
    counts = Counter(one.health.state for one in shards)
    states = " + ".join(f"{counts[state]} {state}" for state in STATES if counts[state])
    return f"health: {states} = {len(shards)} shards; {whole.health.checked} members held against their checksums"


def _origins(whole: ShardSummary) -> Table:
    """A row a collection and licence, with its sources; the samples add up."""
    table = new_table("Origins", "collection...", "licence...", "source...", "samples#")
    sources: dict[tuple[str, str], Counter[str]] = {}
    for (collection, licence, source), samples in whole.origins.items():
        sources.setdefault((collection, licence), Counter())[source] += samples
    for (collection, licence), names in sorted(sources.items(), key=lambda one: -one[1].total()):
        named = [_told(name) for name, _ in names.most_common(_NAMED_SOURCES)]
        rest = [f"and {len(names) - len(named)} more"] if len(names) > len(named) else []
        table.add_row(
            _told(collection), _told(licence), Text(", ").join([*named, *map(plain, rest)]), str(names.total())
        )
    return table


def _told(name: str) -> Text:
    return plain(name) if name else plain("not said", "dim")


def _counts(summary: ShardSummary) -> tuple[str, str, str]:
    return str(summary.samples), str(summary.whole), str(summary.failed)


def _failures(whole: ShardSummary) -> Table:
    table = new_table("Failed", "stage", "reason code", "samples#", "for example...")
    for (stage, code), count in whole.reasons.most_common():
        example = next(one for one in whole.failures if (one.stage, one.code) == (stage, code))
        table.add_row(
            plain(stage), plain(code), str(count), plain(": ".join(filter(None, (example.name, example.reason))), "dim")
        )
    return table


def _columns(whole: ShardSummary) -> Table:
    """Bytes add up to the shards' size; least, median and greatest are those of the members that are not empty."""
    table = new_table("Columns", "column...", "samples#", "empty#", "bytes#", "share#", "min#", "median#", "max#")
    table.show_footer = True
    for column in whole.columns:
        share, spread = _share(column.bytes, whole), [size(one) for one in column.range or ()] or [""] * 3
        empty = plain(column.empty or "", "red")
        table.add_row(plain(column.name), str(column.present), empty, size(column.bytes), share, *spread)
    table.add_row(plain("(headers, padding)", "dim"), "", "", size(whole.overhead), _share(whole.overhead, whole))
    for place, footer in ((0, "total"), (3, size(whole.bytes)), (4, "100%")):
        table.columns[place].footer = footer
    return table


def _share(count: int, whole: ShardSummary) -> str:
    return f"{100 * count / whole.bytes:.1f}%" if whole.bytes else ""


def _makings(whole: ShardSummary) -> Table | None:
    """What made each column and score; None where nothing says it."""
    table = new_table("Made by", "column or score...", "stage", "fingerprint", "samples#", "empty#")
    for column in (*whole.columns, *whole.scores):
        for place, making in enumerate(column.makings):
            stage = f"{making.made.stage} v{making.made.version}" if making.made else "not in the shard"
            name, empty = ("", "") if place else (column.name, column.empty or "")
            table.add_row(
                plain(name),
                plain(stage),
                plain(making.fingerprint[:12], "dim"),
                str(making.samples),
                plain(empty, "red"),
            )
    return table if table.row_count else None


def _models(whole: ShardSummary) -> Table | None:
    """The model files that stand behind the columns; None where no stage read one."""
    makings = [making for column in (*whole.columns, *whole.scores) for making in column.makings]
    made = [making.made for making in makings if making.made]
    readers: dict[tuple[str, str], dict[str, None]] = {}
    for one in made:
        for file in one.models.items():
            readers.setdefault(file, {})[one.stage] = None
    table = new_table("Models", "file...", "sha256", "read by...")
    for (name, digest), stages in readers.items():
        table.add_row(plain(name), plain(digest[:16], "dim"), plain(", ".join(stages)))
    return table if readers else None


def _scalars(whole: ShardSummary) -> Table:
    table = new_table("Scalars", "scalar", "samples#", "min#", "median#", "max#", "unit", "spread")
    for spread in whole.spreads:
        numbers = (spread.text(one) for one in (spread.least, spread.median, spread.greatest))
        table.add_row(plain(spread.name), str(spread.samples), *numbers, spread.unit, plain(spread.sparkline, "cyan"))
    return table
