"""The figures of a data set as tables, readable at 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType

from faceshards.dataset.stats.features import FeatureStats
from faceshards.dataset.stats.overview import Overview
from faceshards.terminal import new_table, plain, size

_NAMED_FEATURES = 12
_LONGEST = 60


def tables(overview: Overview, found: Sequence[FeatureStats], where: str | None) -> Iterator[RenderableType]:
    """What a terminal is told."""
    totals = overview.totals
    if where is not None:
        yield plain(f"where {where}: {totals['samples']} of {overview.seen} samples")
    said = f"{overview.shards} shard{'s' * (overview.shards != 1)}, "
    said += f"{totals['samples']:,} sample{'s' * (totals['samples'] != 1)}, {_hours(totals)}"
    yield plain(f"{said}, {totals['frames'] or 0:,} frames, {totals['persons']} persons", "bold")
    if lacking := totals["without_duration"]:
        yield plain(f"{lacking} samples say no duration: their hours are not counted", "yellow")
    if lacking := totals["without_person"]:
        yield plain(f"{lacking} samples name nobody (`faceshards identity` finds persons)", "yellow")
    if overview.removed:
        yield plain(f"{overview.removed} rows were removed on request and count nowhere")
    yield _groups("Collections", overview.collections, ("collection", "licence", "citation"))
    for title, groups, name in (("Languages", overview.languages, "language"), ("Sides", overview.splits, "split")):
        if groups:
            yield _groups(title, groups, (name,))
    yield _columns(overview)
    if overview.failures:
        yield _failures(overview)
    yield from _scalars(overview)
    for one in found:
        yield from _features(one)


def _hours(one: dict[str, Any]) -> str:
    return "unknown hours" if one["hours"] is None else f"{one['hours']:.4g} h"


def _groups(title: str, groups: Sequence[dict[str, Any]], by: Sequence[str]) -> RenderableType:
    table = new_table(title, *(f"{name}..." for name in by), "samples#", "hours#", "persons#")
    for one in groups:
        named = [plain(one[name]) if one[name] else plain("not said", "dim") for name in by]
        hours = "" if one["hours"] is None else f"{one['hours']:.4g}"
        table.add_row(*named, str(one["samples"]), hours, str(one["persons"]))
    return table


def _columns(overview: Overview) -> RenderableType:
    table = new_table("Columns", "column...", "bytes#", "done#", "failed#", "n/a#", "not yet#")
    for one in overview.columns:
        counts = (plain(one[state] or "") for state in ("done", "failed", "n/a", "not yet"))
        table.add_row(plain(one["column"]), size(one["bytes"]), *counts)
    return table


def _failures(overview: Overview) -> RenderableType:
    table = new_table("Failed", "stage", "reason code", "samples#")
    for one in overview.failures:
        table.add_row(plain(one["stage"]), plain(one["code"]), str(one["samples"]))
    return table


def _scalars(overview: Overview) -> Iterator[RenderableType]:
    numbers = {name: one for name, one in overview.scalars.items() if "mean" in one}
    words = {name: one for name, one in overview.scalars.items() if one.get("top")}
    if numbers:
        table = new_table(
            "Numbers", "scalar...", "count#", "min#", "25%#", "50%#", "75%#", "max#", "mean#", "sd#", "unit..."
        )
        for name, one in numbers.items():
            each = ("least", "quarter", "median", "three_quarters", "greatest", "mean", "sd")
            table.add_row(
                plain(name), str(one["count"]), *(f"{one[key]:.5g}" for key in each), plain(one["unit"], "dim")
            )
        yield table
    if words:
        table = new_table("Words", "scalar...", "count#", "distinct#", "most frequent...")
        for name, one in words.items():
            top = ", ".join(f"{value[:_LONGEST]} {count}" for value, count in one["top"][:3])
            table.add_row(plain(name), str(one["count"]), str(one["distinct"]), plain(top))
        yield table


def _features(one: FeatureStats) -> Iterator[RenderableType]:
    named = one.columns[0] if len(one.columns) == 1 else f"{one.name} ({', '.join(one.columns)})"
    rows = one.moments.count if one.moments else 0
    yield plain(f"{named}: {rows:,} rows of {one.samples:,} samples, {one.without} without a value", "bold")
    for reason, count in sorted(one.skipped.items(), key=lambda each: -each[1]):
        yield plain(f"  {count} samples were left out: {reason}", "yellow")
    if one.moments is None:
        return
    mean, sd = one.moments.mean.ravel(), one.moments.sd.ravel()
    table = new_table(f"Features {one.moments.mean.shape}", "feature#", "mean#", "sd#")
    for number in range(min(len(mean), _NAMED_FEATURES)):
        table.add_row(str(number), f"{mean[number]:.6g}", f"{sd[number]:.6g}")
    yield table
    if len(mean) > _NAMED_FEATURES:
        yield plain(f"and {len(mean) - _NAMED_FEATURES} more: --json and --out have all", "dim")
