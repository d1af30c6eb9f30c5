"""`python -m faceshards.bench.separator REAL --work DIR`: makes shards of real recordings, trains the preset
`separator-small` on mixtures of them, and prints by how many decibels it parts the voices.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from faceshards.bench.separator.learn import drawn, learn
from faceshards.bench.separator.recordings import shards_of


def main(
    real: Annotated[Path, typer.Argument(help="A folder with the folders audio, image and video.")],
    work: Annotated[Path, typer.Option(help="Where shards and the run go.")],
    drawing: Annotated[Path | None, typer.Option(help="The SVG of the curves to write.")] = None,
) -> None:
    """Packs, trains, measures, and prints the figures as one JSON object."""
    found = learn(shards_of(real, work), work / "run")
    if drawing is not None:
        drawing.write_text(drawn(work / "run"), "utf-8")
    sys.stdout.write(json.dumps({name: asdict(one) for name, one in found.items()}) + "\n")


if __name__ == "__main__":
    typer.run(main)
