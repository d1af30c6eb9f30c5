"""`faceshards bench shards`."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from faceshards.bench.figure import Figure, show
from faceshards.bench.parts import chosen
from faceshards.bench.shards import bulk, million, select, small
from faceshards.bench.shards.pack import measured as pack
from faceshards.bench.shards.scale import ShardScale
from faceshards.errors import StorageError, UsageError
from faceshards.terminal import Screen

QUICK = 0.02
WORKS = {"small": small, "bulk": bulk, "select": select, "million": million, "pack": pack}


def shards(
    quick: Annotated[bool, typer.Option("--quick", help="The same at a fiftieth of the size, under a minute.")] = False,
    scale: Annotated[float, typer.Option(help="A part of the full size, such as 0.1; three runs a race.")] = 1.0,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Only this part: {', '.join(WORKS)}; repeat for more.")
    ] = None,
    work: Annotated[
        Path | None, typer.Option(help="Folder on the disk to measure; by default the system's temporary folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, last.")] = False,
) -> None:
    """Measure the shard core against webdataset, tarfile, Parquet and cp: the same bytes, runs in turns, medians; and
    packing, source by source, in processes of its own.

    Makes its own data (about 13 GB at full size, removed at the end), so say with --work where there is room.

    Example: faceshards bench shards --quick --only small
    """
    if not 0 < scale <= 1:
        raise UsageError(f"--scale must be above 0 and at most 1, got {scale}")
    names = chosen(only, WORKS)
    part = QUICK if quick else scale
    size = ShardScale() if part == 1 else ShardScale().smaller(part)
    folder = Path(tempfile.mkdtemp(prefix="faceshards-bench-", dir=work))
    try:
        _need(folder, size.bytes_needed)
        show(_measured(size, folder, names), as_json)
    finally:
        shutil.rmtree(folder)


def _measured(size: ShardScale, folder: Path, names: list[str]) -> list[Figure]:
    console, figures = Screen(stderr=True), []
    for name in names:
        for figure in WORKS[name].measure(size, folder):
            console.print(f"{figure.work}: {figure.value:.3g} {figure.unit}", highlight=False, markup=False)
            figures.append(figure)
    return figures


def _need(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size:
        raise StorageError(f"{folder}: {free / 1e9:.1f} GB are free, {size / 1e9:.1f} GB are needed: --work or --scale")
