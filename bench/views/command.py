"""`faceshards bench views`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from faceshards.bench.figure import show
from faceshards.bench.parts import chosen, measured
from faceshards.bench.views import avspeech, emoca, face_decoder, portrait, speech_face
from faceshards.bench.views.scale import QUICK, ViewScale

#: View -> what measures it: `measure(scale, folder)` gives figures, and leaves what it makes in the folder.
VIEWS = {
    "speech_face": speech_face,
    "face_decoder": face_decoder,
    "emoca": emoca,
    "avspeech": avspeech,
    "portrait": portrait,
}


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

    Example: faceshards bench views --quick --only speech-face
    """
    names = chosen(only, VIEWS, "views")
    scale = QUICK if quick else ViewScale()
    show(measured({name: partial(VIEWS[name].measure, scale) for name in names}, work), as_json)
