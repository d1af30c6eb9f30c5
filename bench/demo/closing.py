"""How the demo ends: the report page, and in the terminal what came of it and where it lies."""

from __future__ import annotations

import csv
import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from faceshards.bench.demo.road import Road, Step
from faceshards.media.picture import read_picture
from faceshards.shards.storage.find import find_shards
from faceshards.terminal import plain
from faceshards.viewer.drawing.figures import Curve, Plate
from faceshards.viewer.report.report import write_report
from faceshards.viewer.summary.funnel import Funnel
from faceshards.viewer.summary.runs import curate_runs

_PLUMBING = "the networks saw a few dozen steps on a handful of clips: the picture shows the plumbing, not quality"


def write_page(road: Road, steps: Sequence[Step], speaker: str | None, notes: Sequence[str]) -> Funnel:
    """Writes the page: the `notes`, and what training gave where a `speaker` was heard."""
    figures: list[Curve | Plate] = []
    notes = list(notes)
    if speaker is not None:
        models = ("face-decoder", "voice-encoder")
        figures += [Curve(f"Training of the {model}", {"loss": _losses(road.trained(model))}) for model in models]
        face = read_picture(road.face.read_bytes())
        caption = f"Made from the voice of {speaker} alone: {_PLUMBING}."
        figures.append(Plate("Speech to face", face, "a blurred face", caption))
        notes.append(f"The face targets of the training come from a small untrained encoder; {_PLUMBING}.")
    commands = [(step.kind, step.line()) for step in steps]
    return write_report([road.shards], road.report, "The faceshards demo", commands, figures, notes)


def _losses(folder: Path) -> list[tuple[float, float]]:
    with open(folder / "losses.csv", newline="") as file:
        return [(float(row["step"]), float(row["loss"])) for row in csv.DictReader(file)]


def print_summary(
    console: Console, road: Road, funnel: Funnel, seconds: Mapping[str, float], total: float, why: str
) -> None:
    """Prints where each clip went, how long it took, and where everything lies; `why` no face was made, if none was."""
    console.print("\n[bold]summary")
    console.print(_counts(funnel))
    lost = sum(step.lost for step in funnel.steps)
    console.print(f"{funnel.whole} whole + {lost} failed = {funnel.seen} clips in")
    stages: Counter[str] = Counter()
    for run in curate_runs(find_shards(road.shards)):
        stages.update(run.seconds)
    console.print(
        f"\nseconds: {_seconds(seconds)}, all {total:.1f}\nstages:  {_seconds(stages)} (of work, on all cores)"
    )
    face = f"none: {why}" if why else f"{road.face}: {_PLUMBING}"
    where = [f"report:  {road.report} (open it in a browser)", f"shards:  {road.shards}", f"face:    {face}"]
    for line in (*where, *_next(road)):
        console.print(plain(line), soft_wrap=True)


def _counts(funnel: Funnel) -> Table:
    table = Table.grid(padding=(0, 3))
    table.add_row("clips in", str(funnel.seen))
    for step in funnel.steps:
        for loss in step.losses:
            table.add_row(plain(f"failed at {step.name}: {loss.code}"), str(loss.clips))
    table.add_row("whole", str(funnel.whole))
    return table


def _seconds(spent: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {seconds:.1f}" for name, seconds in spent.items())


def _next(road: Road) -> list[str]:
    """Commands to go on with, each of which runs as it stands."""
    code = f'import duckdb; print(duckdb.read_parquet("{road.shards}/*.parquet", union_by_name=True))'
    commands = [
        "make demo DEMO_INPUT=path/to/your/clips",
        shlex.join(["faceshards", "inspect", str(road.shards), "--where", "face_share > 0.9"]),
        shlex.join(["python", "-c", code]),
    ]
    if shutil.which("faceshards") is None:
        commands.insert(1, f". {shlex.quote(str(Path(sys.executable).parent / 'activate'))}")
    return ["", f"next:    {commands[0]}", *(f"         {one}" for one in commands[1:])]
