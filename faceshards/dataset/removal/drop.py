"""`faceshards drop`: columns leave the shards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import RenderableType

from faceshards.dataset.removal.dropping import Dropping, drop_columns, to_drop
from faceshards.dataset.removal.terminal import say
from faceshards.errors import UsageError
from faceshards.jobs.progress import progress
from faceshards.shards.storage.find import find_shards
from faceshards.terminal import new_table, plain, shard_names, size, titled


def drop(
    shards: Annotated[list[str], typer.Argument(help="Shards (.tar), or folders that hold some; paths or URLs.")],
    columns: Annotated[str, typer.Option(help="Columns, with commas: 'spectrogram.npy,face.jpg'.")],
    plan: Annotated[bool, typer.Option("--plan", help="Say what would be dropped, and change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Drop columns: the shards are written anew without them, and as if their stages had not run yet.

    With a column goes what the json says of it: what made it, failures, states;
    with a stage's last column its scores and its recipe, too.
    A packet table and its video go together; json stays.

    Each shard is written whole or not at all. The same command again does nothing,
    or goes on where it was ended. `faceshards curate` makes the columns anew.

    Examples:

      faceshards drop train_set --columns spectrogram.npy,face.jpg --plan

      faceshards drop train_set/GRID --columns spectrogram.npy

      faceshards drop s3://bucket/train_set --columns face.jpg
    """
    names = [name.strip() for name in columns.split(",") if name.strip()]
    if not names:
        raise UsageError("--columns names what is dropped: --columns spectrogram.npy,face.jpg")
    dropping = to_drop(find_shards(*shards), list(dict.fromkeys(names)))
    if not plan and dropping.shards:
        with progress("dropping", len(dropping.shards), "shards") as advance:
            drop_columns(dropping, advance)
    say(_lines(dropping, names, plan), dropping.errors, dropping.record() if as_json else None)
    if dropping.errors:
        raise typer.Exit(1)


def _lines(dropping: Dropping, names: list[str], is_plan: bool) -> Iterator[RenderableType]:
    if not dropping.shards:
        yield plain(f"no shard has {', '.join(names)}: nothing was done")
        return
    shown = list(dropping.shards) if is_plan else dropping.done
    folder, short = shard_names(shown)
    table = new_table(titled("To drop" if is_plan else "Dropped", folder), "shard...", "columns...")
    for name, place in zip(short, shown, strict=True):
        table.add_row(plain(name), plain(", ".join(dropping.shards[place])))
    yield table
    yield plain(f"{size(dropping.nbytes)} in all")
    for line in dropping.swept:
        yield plain(line, "dim")
    if dropping.readers:
        yield plain(
            f"read by {', '.join(dropping.readers)}, whose work is stale without: `faceshards curate` makes it anew",
            "yellow",
        )
    if is_plan:
        yield plain("nothing was changed: leave --plan out to drop them")
