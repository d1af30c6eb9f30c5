"""`faceshards bench views`."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from faceshards.bench.figure import Figure, show
from faceshards.bench.views import emoca, face_decoder, speech_face
from faceshards.bench.views.scale import QUICK, ViewScale
from faceshards.errors import UsageError
from faceshards.terminal import Screen

#: View -> what measures it: `measure(scale, folder)` gives figures, and leaves what it makes in the folder.
VIEWS = {"speech_face": speech_face, "face_decoder": face_decoder, "emoca": emoca}


def views(
    quick: Annotated[bool, typer.Option("--quick", help="The same at smaller sizes, under a minute.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Only this view: {', '.join(VIEWS)}; repeat for more.")
    ] = None,
    work: Annotated[
        Path | None, typer.Option(help="Folder on the disk to measure; by default the system's temporary folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, last.")] = False,
) -> None:
    """Measure each view of the loader against the data set that it takes the place of, stated anew: the same samples on
    the folder tree of its own, the same DataLoader settings, two workers, runs in turns, medians.

    Makes its own data (up to 4 GB a view at full size, removed behind it).
    """
    unknown = [name for name in only or () if name not in VIEWS]
    if unknown:
        raise UsageError(f"--only {unknown[0]}: the views are {', '.join(VIEWS)}")
    folder = Path(tempfile.mkdtemp(prefix="faceshards-bench-", dir=work))
    try:
        show(_measured(QUICK if quick else ViewScale(), folder, only or list(VIEWS)), as_json)
    finally:
        shutil.rmtree(folder)


def _measured(scale: ViewScale, folder: Path, names: Sequence[str]) -> list[Figure]:
    console, figures = Screen(stderr=True), []
    for name in names:
        part = folder / name
        part.mkdir()
        for figure in VIEWS[name].measure(scale, part):
            console.print(f"{figure.work}: {figure.value:.3g} {figure.unit}", highlight=False, markup=False)
            figures.append(figure)
        shutil.rmtree(part)
    return figures
