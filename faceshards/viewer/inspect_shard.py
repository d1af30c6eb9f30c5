"""`faceshards inspect`: what is in a shard, is it whole, what made each column."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from faceshards.errors import DamagedShard, UsageError
from faceshards.shards.datasets import find_shards
from faceshards.viewer.records import shard_record
from faceshards.viewer.summary import summarise
from faceshards.viewer.tables import plain, tables
from faceshards.viewer.totals import total


def inspect(
    paths: Annotated[list[Path], typer.Argument(help="Shards (.tar), or folders that hold some.")],
    sample: Annotated[str, typer.Option(help="Take this sample (its key, or its clip's name) out of the shard.")] = "",
    out: Annotated[Path, typer.Option(help="With --sample: the folder to write to.")] = Path(),
    show: Annotated[bool, typer.Option("--show", help="With --sample: write a contact sheet of it as well.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Leave the members' checksums unread.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say what shards hold: samples, failures by reason, columns and what made them, scalars; and whether all is whole.

    Every header and every member's checksum is read, unless --quick. Exit code 1 where a shard is damaged.

    Examples:

      faceshards inspect train_set/VFHQ

      faceshards inspect group124.tar --sample clip_07 --out look --show
    """
    shards = find_shards(*paths)
    if show and not sample:
        raise UsageError("--show draws one sample: name it with --sample KEY")
    console = Console()
    if sample:
        from faceshards.viewer.extract import take_sample  # decoders and drawing: a second that the table does not need

        taken = take_sample(shards, sample, out, show)
        if as_json:
            typer.echo(json.dumps(taken))
        for file in [] if as_json else taken["files"]:
            console.print(plain(file), soft_wrap=True)
        return
    summaries = [summarise(path, checksums=not quick) for path in shards]
    whole = total(summaries)
    if as_json:
        typer.echo(json.dumps({"shards": [*map(shard_record, summaries)], "total": shard_record(whole)}))
    else:
        console.print(*tables(summaries, whole), sep="\n")
    if whole.health.state == "damaged":
        raise DamagedShard(f"damaged: {whole.health.detail}")
