"""`faceshards compact`: shards with only the clips that a filter chooses."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from faceshards.errors import UsageError
from faceshards.jobs.progress import progress
from faceshards.packing.compact.apart import check_apart, result_name
from faceshards.packing.compact.chosen import choose
from faceshards.packing.compact.compactor import Compactor
from faceshards.packing.compact.terminal import show
from faceshards.shards.append import LEAST_BYTES
from faceshards.shards.storage.find import find_shards
from faceshards.shards.storage.sink import check_target
from faceshards.shards.storage.url import place
from faceshards.terminal import parse_bytes


def compact(
    src: Annotated[list[str], typer.Argument(help="Shards (.tar), or folders that hold some; paths or URLs.")],
    dst: Annotated[str, typer.Argument(help="Folder for the new shards, apart from SRC: a path, or an s3:// URL.")],
    where: Annotated[
        str, typer.Option(help="Which clips are kept: 'face_share > 0.9', a recipe's name, or mine.toml:good-v2.")
    ],
    max_bytes: Annotated[str, typer.Option(help="A new shard grows to at most: 500M, 2G.")] = "1G",
    force: Annotated[bool, typer.Option("--force", help="Replace what stands there under these names.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the report as one JSON object on stdout.")] = False,
) -> None:
    """Copy the clips that a filter chooses into new shards: NAME-00000.tar, NAME-00001.tar, ... The old ones stay.

    NAME is that of SRC; of several, of the folder that holds them all.
    The report is NAME.compact.json.

    The filter is that of inspect --where and of a loader's where=: SQL over the index.
    With --where true all clips are kept, and many small shards become a few.

    Members keep their bytes, each held against its checksum; what made them comes along.
    Clips keep their order; where two share a key, the second becomes KEY-2.
    Containers do not mix: the most frequent is NAME-00000.tar, others NAME-mpg-00000.tar.
    A column that only some shards have is "not yet" made for the clips of the others.

    The same command again does nothing, or goes on where it was ended.
    Where no clip matches nothing is written, and the exit code is 2.

    Examples:

      faceshards compact train_set good --where "face_share > 0.9"

      faceshards compact demo/shards/clips.tar demo/shards/group124.tar faces --where faces-v1 --max-bytes 500M
    """
    limit = parse_bytes(max_bytes)
    if limit < LEAST_BYTES:
        raise UsageError(f"--max-bytes must be at least 64K, got {max_bytes}")
    named, folder = [place(one) for one in src], place(dst)
    check_apart(named, folder)
    check_target(folder)
    shards = find_shards(*named)
    check_apart(shards, folder)
    name = result_name(named)
    choice = choose(shards, where)
    run = Compactor(choice, folder, name, source=", ".join(map(str, named)), where=where, max_bytes=limit, force=force)
    with progress(f"compacting {escape(name)}", choice.kept) as advance:
        report, is_new = run.run(advance)
    show(report, is_new, as_json)
