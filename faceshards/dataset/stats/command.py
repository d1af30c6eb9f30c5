"""`faceshards stats`: what a data set holds, in figures; means and deviations that a view needs."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from faceshards.dataset.stats.features import FeatureStats, FeatureView, feature_stats
from faceshards.dataset.stats.indexed_rows import IndexedRows
from faceshards.dataset.stats.overview import Overview
from faceshards.dataset.stats.terminal import tables
from faceshards.errors import UsageError
from faceshards.jobs.progress import progress
from faceshards.shards.storage.atomic import write_atomic
from faceshards.terminal import Screen, plain


def stats(
    paths: Annotated[list[str], typer.Argument(help="Shards (.tar), or folders that hold some; paths or URLs.")],
    where: Annotated[
        str | None, typer.Option(help="Only samples for which this holds: \"split = 'train'\", or a recipe's name.")
    ] = None,
    columns: Annotated[
        str, typer.Option(help="Array columns, with commas, whose features' mean and deviation are told, too.")
    ] = "",
    features: Annotated[
        str | None, typer.Option(help="Axes that are features, the others are pooled: '0', '1,2', or 'none'.")
    ] = None,
    deltas: Annotated[bool, typer.Option("--deltas", help="Of each row less the sample's first row.")] = False,
    joined: Annotated[bool, typer.Option("--joined", help="All columns side by side, as one named data.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write to a file: .json has all, .npz NAME_mean and NAME_std of each column.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say what a data set holds: hours, persons, languages, collections and licences, columns, failures, scalars.

    All of that comes from the indexes, no sample is read.
    Samples that were removed on request count nowhere.

    With --columns the arrays are read, once, a few MB in memory at a time:
    mean and standard deviation (of the population) of each feature over all
    rows of all samples. Features are all axes but the first one, and pixels;
    of columns whose first axis has a fixed length, that one, too.
    Samples whose arrays do not fit are counted with the reason.

    Examples:

      faceshards stats train_set

      faceshards stats train_set --where "face_share > 0.9" --columns spectrogram.npy --features 0 --out sound.npz

      faceshards stats s3://bucket/train_set --json
    """
    view, names = FeatureView(_axes(features), deltas), [one.strip() for one in columns.split(",") if one.strip()]
    _check(names, out, joined, view)
    rows = IndexedRows(paths, where)
    if lacking := [name for name in names if name not in rows.schema.names]:
        raise UsageError(f"no shard has the column {lacking[0]!r}: `faceshards stats` without --columns lists them")
    overview, found = Overview.of(rows), list[FeatureStats]()
    if names:
        with progress("reading arrays", len(rows.shards), "shards") as advance:
            found = feature_stats(rows.shards, names, view, joined, advance)
    record = overview.record() | {
        "where": where,
        "deltas": deltas,
        "features": {one.name: one.record() for one in found},
    }
    screen = Screen(stderr=as_json, highlight=False)
    for table in tables(overview, found, where):
        screen.print(table, soft_wrap=not hasattr(table, "columns"))
    if out is not None:
        write_atomic(out, _npz(found) if out.suffix == ".npz" else _json(record))
        screen.print(plain(f"written to {out}"))
    if as_json:
        Screen(highlight=False).print(json.dumps(record), soft_wrap=True, markup=False)


def _axes(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    if text == "none":
        return ()
    if not re.fullmatch(r"\d(,\d)*", text):
        raise UsageError(f"--features names axes, such as 0 or 1,2, or none, got {text!r}")
    return tuple(sorted({int(axis) for axis in text.split(",")}))


def _check(names: list[str], out: Path | None, joined: bool, view: FeatureView) -> None:
    if not names and (joined or view.deltas or view.axes is not None):
        raise UsageError("--deltas, --joined and --features are of arrays: name them with --columns")
    if out is not None and out.suffix not in (".json", ".npz"):
        raise UsageError(f"--out {out} must end in .json or .npz")
    if out is not None and out.suffix == ".npz" and not names:
        raise UsageError(f"--out {out} holds means and deviations of arrays: name them with --columns")


def _json(record: dict[str, Any]) -> bytes:
    return json.dumps(record, indent=1, ensure_ascii=False).encode() + b"\n"


def _npz(found: list[FeatureStats]) -> bytes:
    """Raises UsageError where a column had no rows."""
    arrays: dict[str, Any] = {}
    for one in found:
        if one.moments is None:
            raise UsageError(f"no sample has rows of {', '.join(one.columns)}: nothing to write")
        arrays |= {f"{one.name}_mean": one.moments.mean, f"{one.name}_std": one.moments.sd}
    body = io.BytesIO()
    np.savez(body, **arrays)
    return body.getvalue()
