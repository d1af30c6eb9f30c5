"""`faceshards bench stream`."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from faceshards.bench.figure import Figure, show
from faceshards.bench.stream import alignment, pushdown, resume, small, store, windows
from faceshards.bench.stream.peers import Peers
from faceshards.bench.stream.scale import QUICK, StreamScale
from faceshards.errors import UsageError
from faceshards.terminal import Screen

WORKS = {
    "small": small, "pushdown": pushdown, "windows": windows, "alignment": alignment, "store": store, "resume": resume,
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
    """
    unknown = [name for name in only or () if name not in WORKS]
    if unknown:
        raise UsageError(f"--only {unknown[0]}: the parts are {', '.join(WORKS)}")
    size = QUICK if quick else StreamScale()
    folder = Path(tempfile.mkdtemp(prefix="faceshards-bench-", dir=work))
    try:
        with Peers() as peers:
            show(_measured(size, folder, peers, only or list(WORKS)), as_json)
    finally:
        shutil.rmtree(folder)


def _measured(size: StreamScale, folder: Path, peers: Peers, names: list[str]) -> list[Figure]:
    console, figures = Screen(stderr=True), []
    for name in names:
        part = folder / name
        part.mkdir()
        for figure in WORKS[name].measure(size, part, peers):
            console.print(f"{figure.work}: {figure.value:.3g} {figure.unit}", highlight=False, markup=False)
            figures.append(figure)
        shutil.rmtree(part)
    return figures
