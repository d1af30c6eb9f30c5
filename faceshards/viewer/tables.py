"""Summaries as tables in the terminal. Names come from data: what a terminal would obey is shown as a mark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from faceshards.viewer.histogram import size
from faceshards.viewer.summary import ColumnSummary, Making, ShardSummary

_HEALTH_STYLE = {"whole": "green", "unchecked": "yellow", "damaged": "bold red"}


def tables(shards: Sequence[ShardSummary], whole: ShardSummary) -> Iterator[RenderableType]:
    """The shards, a row each, and what they hold together: failures, columns, scalars."""
    yield _shards(shards, whole)
    if whole.failures:
        yield _failures(whole)
    if whole.columns:
        yield _columns(whole)
    if models := _models(whole):
        yield models
    if whole.spreads:
        yield _scalars(whole)


def plain(text: object, style: str = "") -> Text:
    """Text that is shown as it is: no markup, and no control character reaches the terminal."""
    return Text("".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in str(text)), style)


def _table(title: str, *columns: str) -> Table:
    """A column whose name ends in `#` holds numbers, one whose name ends in `...` holds text that may wrap."""
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    for column in columns:
        name, wraps = column.removesuffix("..."), column.endswith("...")
        justify: JustifyMethod = "right" if name.endswith("#") else "left"
        table.add_column(name.removesuffix("#"), justify=justify, no_wrap=not wraps, overflow="fold")
    return table


def _shards(shards: Sequence[ShardSummary], whole: ShardSummary) -> Table:
    table = _table("Shards", "shard...", "samples#", "whole#", "failed#", "size#", "health...")
    table.show_footer = len(shards) > 1
    for one in shards:
        detail = f": {one.health.detail}" if one.health.detail else ""
        health = plain(one.health.state + detail, _HEALTH_STYLE[one.health.state])
        table.add_row(plain(one.path), *_counts(one), size(one.bytes), health)
    footers = ("total", *_counts(whole), size(whole.bytes), whole.health.state)
    for column, footer in zip(table.columns, footers, strict=True):
        column.footer = footer
    return table


def _counts(summary: ShardSummary) -> tuple[str, str, str]:
    return str(summary.samples), str(summary.whole), str(summary.failed)


def _failures(whole: ShardSummary) -> Table:
    table = _table("Failed", "stage", "reason code", "samples#", "for example...")
    for (stage, code), count in whole.reasons.most_common():
        example = next(one for one in whole.failures if (one.stage, one.code) == (stage, code))
        table.add_row(plain(stage), plain(code), str(count), plain(f"{example.name}: {example.reason}", "dim"))
    return table


def _columns(whole: ShardSummary) -> Table:
    table = _table("Columns", "column", "samples#", "empty#", "bytes#", "stage", "fingerprint")
    for column in (*whole.columns, *whole.scores):
        rows = column.makings or (None,)
        for place, making in enumerate(rows):
            table.add_row(
                *(_column_cells(column, column in whole.scores) if not place else [""] * 4), *_maker(making, column)
            )
    return table


def _column_cells(column: ColumnSummary, in_json: bool) -> list[Text]:
    empty = plain(column.empty or "", "red")
    return [plain(column.name), plain(column.present), empty, plain("in json" if in_json else size(column.bytes))]


def _maker(making: Making | None, column: ColumnSummary) -> list[Text]:
    if making is None or making.made is None:
        return [plain(column.maker, "dim"), plain(making.fingerprint[:12] if making else "", "dim")]
    return [plain(f"{making.made.stage} v{making.made.version}"), plain(making.fingerprint[:12], "dim")]


def _models(whole: ShardSummary) -> Table | None:
    """The model files that stand behind the columns; None where no stage read one."""
    makings = [making for column in (*whole.columns, *whole.scores) for making in column.makings]
    made = [making.made for making in makings if making.made]
    readers: dict[tuple[str, str], dict[str, None]] = {}
    for one in made:
        for file in one.models.items():
            readers.setdefault(file, {})[one.stage] = None
    table = _table("Models", "file...", "sha256", "read by")
    for (name, digest), stages in readers.items():
        table.add_row(plain(name), plain(digest[:16], "dim"), plain(", ".join(stages)))
    return table if readers else None


def _scalars(whole: ShardSummary) -> Table:
    table = _table("Scalars", "scalar", "samples#", "min#", "median#", "max#", "unit", "spread")
    for spread in whole.spreads:
        numbers = (spread.text(one) for one in (spread.least, spread.median, spread.greatest))
        table.add_row(plain(spread.name), str(spread.samples), *numbers, spread.unit, plain(spread.sparkline, "cyan"))
    return table
