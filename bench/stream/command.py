"""`faceshards bench stream`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from faceshards.bench.figure import show
from faceshards.bench.parts import chosen, measured
from faceshards.bench.stream import alignment, megactor, megactor_store, pushdown, resume, small, store, windows
from faceshards.bench.stream.peers import Peers
from faceshards.bench.stream.scale import QUICK, StreamScale

WORKS = {
    "small": small, "pushdown": pushdown, "windows": windows, "alignment": alignment, "store": store,
    "megactor": megactor, "megactor-store": megactor_store, "resume": resume,
}  # fmt: skip


def stream(
    quick: Annotated[bool, typer.Option("--quick", help="The same at smaller sizes, under a minute.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Only this part: {', '.join(WORKS)}; repeat for more.")
    ] = None,
    work: Annotated[
        Path | None, typer.Option(help="Folder on the disk to measure; by default the system's temporary folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, last.")] = False,
) -> None:
    """Measure the loader against webdataset, LitData and decord: the same bytes, runs in turns, medians.

    The peers live in an environment of their own: run `make peers` first. Makes its own data (about 3 GB at full size,
    removed at the end).

    Example: faceshards bench stream --quick --only small
    """
    names = chosen(only, WORKS)
    size = QUICK if quick else StreamScale()
    with Peers() as peers:
        show(measured({name: partial(WORKS[name].measure, size, peers=peers) for name in names}, work), as_json)
