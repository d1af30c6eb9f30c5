"""`faceshards bench viewer`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from faceshards.bench.figure import show
from faceshards.bench.parts import chosen, measured
from faceshards.bench.viewer import many, one
from faceshards.bench.viewer.scale import QUICK, ViewerScale

#: Part -> what measures it: `measure(scale, folder)` gives figures, and leaves what it makes in the folder.
PARTS = {"many": many, "one": one}


def viewer(
    quick: Annotated[bool, typer.Option("--quick", help="The same with fewer rows, in a minute.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Only this part: {', '.join(PARTS)}; repeat for more.")
    ] = None,
    work: Annotated[
        Path | None, typer.Option(help="Folder on the disk to measure; by default the system's temporary folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, last.")] = False,
) -> None:
    """Measure `faceshards view` in Chromium: a million clips (start, filter, scrolling, memory), and one (its first
    picture, seeks and their bytes, how close what is drawn follows).

    Makes its own shards (100 MB, removed behind it). Needs Playwright and a chromium.

    Example: faceshards bench viewer --quick
    """
    names = chosen(only, PARTS)
    scale = QUICK if quick else ViewerScale()
    show(measured({name: partial(PARTS[name].measure, scale) for name in names}, work), as_json)
