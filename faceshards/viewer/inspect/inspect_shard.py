"""`faceshards inspect`: what is in a shard, is it whole, what made each column."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from faceshards.errors import DamagedShard, StorageError, UsageError
from faceshards.shards.storage.find import find_shards
from faceshards.shards.storage.url import Url
from faceshards.terminal import Screen, plain
from faceshards.viewer.inspect.tables import tables
from faceshards.viewer.summary.health import Health
from faceshards.viewer.summary.records import shard_record
from faceshards.viewer.summary.summary import summarise
from faceshards.viewer.summary.totals import total


def inspect(
    paths: Annotated[list[str], typer.Argument(help="Shards (.tar), or folders that hold some; paths or URLs.")],
    where: Annotated[
        str | None, typer.Option(help="Only samples for which this holds: 'face_share > 0.9', or a recipe's name.")
    ] = None,
    sample: Annotated[str, typer.Option(help="Take this sample (its key, or its clip's name) out of the shard.")] = "",
    show: Annotated[
        bool, typer.Option("--show", help="With --sample: draw a contact sheet of it, KEY.sheet.png.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="With --sample: the folder to write to; by default this one.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Read the index only: no checksum, no json.")] = False,
    deep: Annotated[bool, typer.Option("--deep", help="Check every byte of shards in a store, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say what shards hold: samples, failures by reason, columns and what made them, scalars; and whether all is whole.

    Every byte of a shard on a disk is checked, unless --quick.
    Of a shard in a store the json is read, and every byte with --deep.
    One that cannot be read is named, and the rest is done.
    Exit code 1 where a shard is damaged or cannot be read.

    Examples:

      faceshards inspect train_set/VFHQ

      faceshards inspect s3://bucket/train_set --quick --where "face_share > 0.9"

      faceshards inspect train_set/VFHQ/group124.tar --sample clip_07 --out look --show
    """
    if show and not sample:
        raise UsageError("--show draws one sample: name it with --sample KEY")
    if out is not None and not sample:
        raise UsageError("--out is for the files of one sample: name it with --sample KEY")
    if quick and deep:
        raise UsageError("--quick reads the index only, --deep every byte: give only one of them")
    if sample and where is not None:
        raise UsageError("--sample names one sample, --where many: give only one of them")
    shards = find_shards(*paths)
    if sample:
        _take(shards, sample, out or Path(), show, as_json)
        return
    # Local or remote decides here: to read every byte of a store costs time and money, so --deep must say it.
    summaries = [
        summarise(path, checksums=deep or not (quick or isinstance(path, Url)), where=where, json=not quick)
        for path in shards
    ]
    whole = total(summaries)
    if as_json:
        record = {"where": where, "shards": [*map(shard_record, summaries)], "total": shard_record(whole)}
        typer.echo(json.dumps(record))
    else:
        Screen().print(*tables(summaries, whole, where), sep="\n")
    _raise_for([one.health for one in summaries])


def _raise_for(healths: Sequence[Health]) -> None:
    """Raises the worst that was found: DamagedShard; StorageError where nothing worse than a refusal was."""
    for state, kind in (("damaged", DamagedShard), ("unreadable", StorageError)):
        if found := [one.detail for one in healths if one.state == state]:
            raise kind(f"{len(found)} of {len(healths)} shards {state}: {found[0]}" + (", ..." if found[1:] else ""))


def _take(shards: list[Path | Url], sample: str, out: Path, show: bool, as_json: bool) -> None:
    from faceshards.viewer.inspect.extract import (
        take_sample,  # decoders and drawing: a second that the table does not need
    )

    taken = take_sample(shards, sample, out, show)
    if as_json:
        typer.echo(json.dumps(taken))
    for file in [] if as_json else taken["files"]:
        Screen().print(plain(file), soft_wrap=True)
