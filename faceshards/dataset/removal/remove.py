"""`faceshards remove`: samples whose removal somebody asks for become tombstones."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from faceshards.dataset.removal.remover import Removal, Remover, planned
from faceshards.dataset.removal.request import Request
from faceshards.dataset.removal.terminal import show
from faceshards.jobs.progress import progress
from faceshards.shards.storage.find import find_shards

# Keys that a command line is told in.
_MOST_KEYS = 50


def remove(
    shards: Annotated[list[str], typer.Argument(help="Shards (.tar), or folders that hold some; paths or URLs.")],
    reason: Annotated[str, typer.Option(help="Why, a line that stands in the tombstone: 'request of 2026-11-28'.")],
    key: Annotated[
        list[str] | None, typer.Option(help="A sample by its key, or its clip's name; may be given again.")
    ] = None,
    identity: Annotated[
        list[str] | None,
        typer.Option(help="All samples of a person, by the scalars identity and person."),
    ] = None,
    where: Annotated[
        str | None, typer.Option(help="Only those of them, or of all, for which this holds: \"source = 'a.zip'\".")
    ] = None,
    twins: Annotated[
        bool, typer.Option("--twins", help="Take back, too, what was made with them in other samples: swapped faces.")
    ] = False,
    rename: Annotated[
        bool, typer.Option("--rename", help="The key says who it was: the row gets the key removed-ROW.")
    ] = False,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="A --key that several shards have means all these samples.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Say what would be removed, and change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Remove samples on request: their bytes leave the shards, their rows stay as tombstones, of the same numbers.

    All members of such a sample, and all its facts, are gone from the shard,
    from its index, from caches, unfinished work and reports beside it.
    What is left says `removed`, the reason, and the key (without --rename).
    Loaders, curate, compact and export pass over it; inspect counts it.

    Each shard is written anew, whole or not at all. The same command again does nothing,
    or goes on where it was ended. --key names what must be there: else the exit code is 2.

    Faces that were swapped into other samples are listed; --twins takes them back.
    Copies elsewhere are not seen: compacted shards, exported folders, the sources,
    caches of loaders, older versions that a store keeps.

    Examples:

      faceshards remove train_set --identity hopper --reason "request of 28 November" --plan

      faceshards remove train_set --identity hopper --reason "request of 28 November" --twins --rename

      faceshards remove s3://bucket/train_set --key clip_07 --reason "wrong licence"
    """
    request = Request(reason, tuple(key or ()), tuple(identity or ()), where, everywhere)
    removal = planned(find_shards(*shards), request)
    if not plan:
        with progress("removing", len(removal.requested), "shards") as advance:
            Remover(removal, rename=rename, twins=twins).run(advance)
    show(removal, _for_twins(removal, rename), as_json, plan)
    if removal.errors:
        raise typer.Exit(1)


def _for_twins(removal: Removal, renamed: bool) -> str:
    """The command that takes back what was made with the removed samples: they are found by their keys, in the shards
    where these stand; what looked at them is made anew by `curate` in any case, for they are no longer what it saw.
    """
    holders = [str(place) for place, one in removal.requested.items() if one.named]
    affected = list(dict.fromkeys(str(one.shard) for one in removal.affected))
    keys = [key for one in removal.requested.values() for key in one.named]
    stages = sorted({stage for one in removal.affected for stage in one.stages})
    if renamed or affected != holders or not 0 < len(keys) <= _MOST_KEYS:
        return f"faceshards curate {shlex.join(affected)} --stages {','.join(stages)}"
    named = [word for key in keys for word in ("--key", key)]
    return f"faceshards remove {shlex.join([*holders, *named, '--reason', removal.request.reason, '--twins'])}"
