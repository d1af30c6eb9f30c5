"""`faceshards explain`: how a column of a sample came to be, and in which state it is."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.tree import Tree

from faceshards.shards.reader import Shard
from faceshards.shards.storage.find import find_shards
from faceshards.terminal import Screen
from faceshards.viewer.lineage.lineage import TracedSample
from faceshards.viewer.lineage.lineage_tree import lineage_tree, lineages_table
from faceshards.viewer.lineage.lookup import find_sample

_WIDE = 2000  # columns of what is no terminal


def explain(
    shard: Annotated[str, typer.Argument(help="A shard (.tar), or a folder that holds it; a path or a URL.")],
    key: Annotated[str, typer.Argument(help="The sample: its key, or its clip's name.")],
    column: Annotated[
        str | None, typer.Argument(help="A column (faces.msg) or a scalar (snr_db); without one, all are listed.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say how a column of one sample came to be, and in which state it is.

    The state: done, failed (with stage, code and reason), n/a, or not yet.
    The member: its size, its checksum, and where in the shard it stands.
    The making: stage, version, parameters and model files, and what it was made from, down to the clip that was packed.
    Where the sample says which bytes a stage read, also whether those still stand there.

    What a whole data set holds is told by inspect; what an epoch of training will read, by dataset.explain() in Python.

    Examples:

      faceshards explain demo/shards/group124.tar clip_07

      faceshards explain demo/shards/group124.tar clip_07 face.jpg
    """
    path, row = find_sample(find_shards(shard), key)
    with Shard(path) as opened:
        sample = TracedSample.of(opened, row)
        lineages = [sample.lineage(one) for one in ([column] if column is not None else sample.names)]
    if as_json:
        records = [one.record() for one in lineages]
        typer.echo(json.dumps(records[0] if column is not None else {"columns": records}))
    elif column is None:
        Screen().print(lineages_table(lineages))
    else:
        _print(lineage_tree(lineages[0]))


def _print(tree: Tree) -> None:
    """On a terminal lines wrap within the tree; elsewhere each stands whole, for whoever searches them."""
    screen = Screen(highlight=False)
    (screen if screen.is_terminal else Screen(highlight=False, width=_WIDE)).print(tree)
