"""`faceshards index`: builds the indexes of shards, says whether the shards are whole, and mends what can be mended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from faceshards.errors import DamagedShard, ShardError, StorageError, UnsafeData, UsageError
from faceshards.shards.repair.checkup import Depth, check_up
from faceshards.shards.repair.repair import repair, sweep_leftovers
from faceshards.shards.repair.tables import Look, index_lines, index_table, look_record, total_record
from faceshards.shards.storage.find import find_shards
from faceshards.shards.storage.url import Place, on_disk, place
from faceshards.terminal import Screen


def index(
    paths: Annotated[list[str], typer.Argument(help="Shards (.tar), or folders that hold some; paths or URLs.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Check length, front record, every header, and the index.")
    ] = False,
    deep: Annotated[bool, typer.Option("--deep", help="Check every byte against its checksum.")] = False,
    mend: Annotated[
        bool, typer.Option("--repair", help="Check every byte, and mend what can be mended: see above.")
    ] = False,
    set_aside: Annotated[
        bool, typer.Option("--set-aside", help="With --repair: rename a damaged NAME.tar to NAME.tar.damaged.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Build the index of each shard where it is missing or stale; with --verify or --deep, say whether all is whole.

    The index NAME.parquet is derived from NAME.tar alone, ours or any other tar; deleting it loses nothing.
    A foreign tar carries no checksums: its headers are read, its bytes are "unchecked".

    --repair rebuilds a wrong index and sweeps what killed runs left behind.
    Of a damaged shard it writes every sample that is whole (each member there, each checksum held) to
    NAME-salvaged.tar, and what is lost, with key, byte and reason, to NAME.salvage.json.
    The damaged file stays where it is: both are in the dataset then, until --set-aside renames it.
    Where not one sample was lost, the salvaged shard then takes the old name, for every row is in its place.

    A shard that cannot be read is named, and the rest is done. One in a folder that may not be written is as whole as
    any: only its index cannot stand beside it.

    Exit code 1 where anything is broken, was lost or cannot be read, or an index not be written (with --verify or
    --deep the shards alone count); 2 where the command line is wrong.

    Examples:

      faceshards index train_set

      faceshards index train_set --deep

      faceshards index train_set/VFHQ/group124.tar --repair --set-aside
    """
    shards = find_shards(*paths)
    if set_aside and not mend:
        raise UsageError("--set-aside renames what --repair salvaged: say both")
    for shard in shards if mend else ():
        on_disk(shard, "--repair mends shards on a disk: copy them here first")
    depth: Depth = "bytes" if deep or mend else "headers" if verify else "index"
    swept = [file for path in paths for file in sweep_leftovers(Path(str(place(path))))] if mend else []
    errors = Screen(stderr=True)
    looks = [
        _look(shard, depth, mend, set_aside)
        for shard in track(shards, "looking at shards", console=errors, transient=True, disable=not errors.can_redraw)
    ]
    if as_json:
        typer.echo(json.dumps({"shards": [*map(look_record, looks)], "total": total_record(looks, swept)}))
    else:
        screen = Screen()
        screen.print(index_table(looks))
        for line in index_lines(looks, swept):
            screen.print(line, soft_wrap=True)
    _raise_for(looks, mend, wants_index=depth == "index")


def _look(shard: Place, depth: Depth, mend: bool, set_aside: bool) -> Look:
    """One shard, looked at and mended."""
    found = check_up(shard, depth)
    if not (mend and found.broken):
        return Look(found)
    try:
        return Look(found, repair(found, set_aside))
    except (ShardError, UnsafeData) as error:
        return Look(found, refusal=str(error))


def _raise_for(looks: list[Look], mend: bool, wants_index: bool) -> None:
    """Raises the worst that was found: what is broken, what could not be read, and, where indexes are what was asked
    for, those that could not be written.
    """
    if broken := [look for look in looks if look.broken]:
        total = total_record(broken, [])
        remedy = "faceshards index --repair saves what is whole"
        remedy = f"{total['kept']} samples salvaged, {total['lost']} known to be lost" if mend else remedy
        raise DamagedShard(f"{len(broken)} of {len(looks)} shards broken: {_names(broken)}: {remedy}")
    if unread := [look for look in looks if look.found.state == "unreadable"]:
        first = unread[0].found.refused
        raise StorageError(
            f"{len(unread)} of {len(looks)} shards cannot be read: {first}{', ...' if unread[1:] else ''}"
        )
    unsaved = [look for look in looks if look.found.index == "unsaved"]
    if unsaved and wants_index:
        rule = "readers make them anew each time: let them be written, or index a copy"
        raise StorageError(f"{len(unsaved)} of {len(looks)} indexes cannot be written: {_names(unsaved)}: {rule}")


def _names(looks: list[Look]) -> str:
    return ", ".join(Path(str(look.found.place)).name for look in looks[:3]) + (", ..." if len(looks) > 3 else "")
