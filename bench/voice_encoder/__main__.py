"""Whether the voice encoder learns: `python -m faceshards.bench.voice_encoder REAL --work DIR`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from faceshards.bench.curve import curve
from faceshards.bench.voice_encoder.speakers import made_speakers, real_speakers
from faceshards.bench.voice_encoder.trial import Learned, Trial

TITLE = "Voice encoder: whose voice a held-out sound is"


def main(
    real: Annotated[Path, typer.Argument(help="A folder with the folder audio: a speaker a file.")],
    work: Annotated[Path, typer.Option(help="Where sounds, shards and runs go.")],
    drawing: Annotated[Path | None, typer.Option(help="The SVG of the curves to write.")] = None,
) -> None:
    """Trains on made-up speakers and on real ones, and prints the figures as one JSON object."""
    found: dict[str, Learned] = {}
    lines = {}
    for name, speakers in (("made", made_speakers()), ("real", real_speakers(real / "audio"))):
        trial = Trial.of(speakers, work / name)
        found[name] = trial.learned()
        lines[name] = [(look.step, look.top1) for look in found[name].looks]
        last = found[name].looks[-1].step
        lines[f"{name}, pitch (mean)"] = [(0, found[name].by_pitch), (last, found[name].by_pitch)]
    if drawing is not None:
        drawing.write_text(curve(TITLE, "steps", "share that is right", lines), "utf-8")
    sys.stdout.write(json.dumps({name: asdict(one) for name, one in found.items()}) + "\n")


if __name__ == "__main__":
    typer.run(main)
