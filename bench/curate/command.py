"""`faceshards bench curate`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from faceshards.bench.curate import actors, embedded, fused, memory, nets, on_nodes, overhead, ray_data, six, store
from faceshards.bench.curate.scale import QUICK, CurateScale
from faceshards.bench.figure import show
from faceshards.bench.parts import chosen, measured

WORKS = {
    "six": six, "fused": fused, "overhead": overhead, "memory": memory, "actors": actors, "ray-data": ray_data,
    "networks": nets, "embedded": embedded, "store": store, "nodes": on_nodes,
}  # fmt: skip


def curate(
    quick: Annotated[bool, typer.Option("--quick", help="The same at smaller sizes, some minutes.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Only this part: {', '.join(WORKS)}; repeat for more.")
    ] = None,
    work: Annotated[
        Path | None, typer.Option(help="Folder on the disk to measure; by default the system's temporary folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, last.")] = False,
) -> None:
    """Measure the curation engine: processor time, decodings, memory, batches, actors; and Ray Data at the same work.

    It runs `faceshards curate` in processes of their own, on clips that are made for it (about 1 GB at full size,
    removed at the end); networks alone run in this one.

    Example: faceshards bench curate --quick --only overhead
    """
    names = chosen(only, WORKS)
    size = QUICK if quick else CurateScale()
    show(measured({name: partial(WORKS[name].measure, size) for name in names}, work), as_json)
