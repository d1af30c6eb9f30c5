"""`faceshards recipes`: which filters have a name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from faceshards.shards.filters.recipes import SHIPPED, read_recipes
from faceshards.shards.filters.recipes import recipes as known_recipes
from faceshards.terminal import Screen, new_table, plain


def recipes(
    files: Annotated[list[Path] | None, typer.Argument(help="Recipe files; by default all that a name finds.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """List the recipes: filters by name, for --where and where=, the same for every command.

    Some come with the package; your own stand in recipes/*.toml of the
    working directory, or in any file, named with it: mine.toml:good-v2.
    A file has a line a recipe: good-v2 = "face_share > 0.9 AND width >= 512"

    Examples:

      faceshards recipes

      faceshards inspect train_set --where talking-v1
    """
    found = [one for file in files for one in read_recipes(file)] if files else known_recipes()
    if as_json:
        typer.echo(json.dumps({"recipes": [vars(one) | {"file": str(one.file)} for one in found]}))
        return
    table = new_table("Recipes", "recipe", "keeps the samples for which...", "from...")
    for one in found:
        table.add_row(
            plain(one.name),
            plain(" ".join(one.where.split())),
            plain("faceshards" if one.file.parent == SHIPPED else one.file),
        )
    Screen().print(table)
