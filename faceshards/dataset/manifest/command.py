"""`faceshards manifest`: a data set's recipe as one file, written, checked, compared."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from faceshards.dataset.manifest.difference import differences
from faceshards.dataset.manifest.manifest import (
    is_hashed,
    manifest_bytes,
    manifest_of,
    read_manifest,
    without_hashes,
)
from faceshards.dataset.manifest.shard_list import named_shards
from faceshards.jobs.progress import progress
from faceshards.jobs.small_file import write_small
from faceshards.shards.storage.url import place
from faceshards.terminal import Screen, new_table, plain, size

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    no_args_is_help=True,
    help="A data set's recipe as one file: sources, stages, filters, hashes of shards; to cite, check, compare.\n\n"
    "Example: faceshards manifest write train_set --out train_set.json",
)

_Shards = Annotated[list[str], typer.Argument(help="Shards (.tar), or folders that hold some; paths or URLs.")]
_Quick = Annotated[
    bool, typer.Option("--quick", help="Read indexes only: shards are known by their generation, not their sha256.")
]
_Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


@app.command()
def write(
    shards: _Shards,
    out: Annotated[str, typer.Option(help="The file, by a path or a URL.")] = "manifest.json",
    quick: _Quick = False,
    as_json: _Json = False,
) -> None:
    """Write the manifest of a data set.

    It says what the shards were made from and how: the sources and options of
    pack and compact (of the reports beside the shards), the stages with their
    versions, parameters and model files, collections with licences and what to
    cite; and of each shard rows, bytes, generation and sha256.

    No time and no path is in it: equal data sets give equal files.
    The digest over all of it is what to cite.

    Example: faceshards manifest write train_set --out train_set.json
    """
    manifest = _made(shards, hashed=not quick)
    write_small(place(out), manifest_bytes(manifest))
    screen = Screen(stderr=as_json, highlight=False)
    _show(manifest, screen)
    screen.print(plain(f"written to {out}"), soft_wrap=True)
    if as_json:
        Screen(highlight=False).print(json.dumps(manifest), soft_wrap=True, markup=False)


@app.command()
def check(
    manifest: Annotated[str, typer.Argument(help="The file, by a path or a URL.")],
    shards: _Shards,
    quick: _Quick = False,
    as_json: _Json = False,
) -> None:
    """Hold shards against a manifest, and say what differs. Exit code 1 where anything does.

    The shards may lie elsewhere than when it was written.

    Example:

      faceshards manifest write train_set --out train_set.json
      faceshards manifest check train_set.json train_set
    """
    told = read_manifest(place(manifest))
    hashed = is_hashed(told) and not quick
    found = _made(shards, hashed=hashed)
    lines = differences(told if hashed else without_hashes(told), found, "the manifest", "the shards")
    _end(lines, f"the shards are those of {told['digest']}", as_json)


@app.command()
def diff(
    first: Annotated[str, typer.Argument(help="A manifest, by a path or a URL.")],
    second: Annotated[str, typer.Argument(help="Another one.")],
    as_json: _Json = False,
) -> None:
    """Say in words what tells two manifests apart. Exit code 1 where anything does.

    Example:

      faceshards manifest write train_set/VFHQ --out before.json
      faceshards manifest write train_set/VFHQ --out after.json
      faceshards manifest diff before.json after.json
    """
    a, b = read_manifest(place(first)), read_manifest(place(second))
    if is_hashed(a) != is_hashed(b):
        a, b = without_hashes(a), without_hashes(b)
    _end(differences(a, b, first, second), f"both are {a['digest']}", as_json)


def _made(paths: Sequence[str], hashed: bool) -> dict[str, Any]:
    shards = named_shards(paths)
    with progress("reading", len(shards), "shards") as advance:
        return manifest_of(shards, hashed, advance)


def _end(lines: Sequence[str], same: str, as_json: bool) -> None:
    screen = Screen(stderr=as_json, highlight=False)
    for line in lines or [same]:
        screen.print(plain(line, "red" if lines else "green"), soft_wrap=True)
    if as_json:
        Screen(highlight=False).print(json.dumps({"differences": list(lines)}), soft_wrap=True, markup=False)
    if lines:
        raise typer.Exit(1)


def _show(manifest: Mapping[str, Any], screen: Screen) -> None:
    shards, samples = len(manifest["shards"]), manifest["samples"]
    screen.print(
        plain(
            f"{shards} shard{'s' * (shards != 1)}, {samples} sample{'s' * (samples != 1)}, "
            f"{size(manifest['bytes'])}: {manifest['digest']}",
            "bold",
        )
    )
    table = new_table("To cite", "collection...", "licence...", "citation...", "samples#", "hours#")
    for one in manifest["collections"]:
        words = (one["collection"], one["licence"], one["citation"])
        named = [plain(word) if word else plain("not said", "dim") for word in words]
        table.add_row(*named, str(one["samples"]), f"{one['hours']:.4g}")
    screen.print(table)
