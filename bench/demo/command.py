"""The command `faceshards demo`: the whole road on clips made from two portraits, or on the user's own."""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from faceshards.bench.demo.raw import make_raw
from faceshards.bench.demo.road import TRAINABLE, Road, Step
from faceshards.bench.demo.voice_file import extract_voice
from faceshards.errors import UsageError
from faceshards.media.picture import read_picture
from faceshards.shards.storage.find import find_shards
from faceshards.viewer.figures import Curve, Plate
from faceshards.viewer.funnel import Funnel
from faceshards.viewer.report import write_report
from faceshards.viewer.runs import curate_runs

_PLUMBING = "the networks saw a few dozen steps on a handful of clips: the picture shows the plumbing, not quality"


def demo(
    out: Annotated[Path, typer.Option(help="The folder for everything that the demo makes.")] = Path("demo"),
    source: Annotated[
        Path | None,
        typer.Option("--input", help="Your own clips: a zip, a tar or a folder. Without it, some are made."),
    ] = None,
) -> None:
    """The whole road in one go: raw clips, shards, enrichment, training, a face from a voice, and a report
    page.

    Without --input, short clips of two people are made from public-domain portraits: heads move, mouths follow
    a synthesised voice, eyes blink. Every step is a command that you can type yourself, and is shown before it
    runs. Run it again after an interruption: what is done is skipped.
    """
    if source is not None and not source.exists():
        raise UsageError(f"--input {source}: no such file or folder")
    console = Console(highlight=False)
    road = Road(out if source is None else out / source.resolve().stem)
    begin = time.perf_counter()
    seconds: dict[str, float] = {}
    steps = list(_raw_steps(console, road, source))
    _run(console, steps, seconds)
    voice = road.out / "voice.wav"
    speaker = extract_voice(road.shards, TRAINABLE, voice)
    if speaker is None:
        console.print("\nNo clip has both a face and sound: training and speech-to-face are left out.")
        steps_after = [road.inspection()]
    else:
        steps_after = [*road.training(), road.inference(voice), road.inspection()]
    _run(console, steps_after, seconds)
    funnel = _report(road, [*steps, *steps_after], speaker)
    _summary(console, road, funnel, seconds, time.perf_counter() - begin)


def _seconds(spent: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {seconds:.1f}" for name, seconds in spent.items())


def _raw_steps(console: Console, road: Road, source: Path | None) -> Iterable[Step]:
    if source is not None:
        return road.user_raw(source)
    console.print(
        "[bold]raw input[/]: clips of two people, from portraits that ship inside scikit-image and matplotlib"
    )
    return road.own_raw(*make_raw(road.out / "raw"))


def _run(console: Console, steps: Iterable[Step], seconds: dict[str, float]) -> None:
    for step in steps:
        console.print(f"\n[bold]{step.kind}[/]: {step.aim}\n[cyan]$ {escape(step.line())}", soft_wrap=True)
        seconds[step.kind] = seconds.get(step.kind, 0.0) + step.run()


def _report(road: Road, steps: list[Step], speaker: str | None) -> Funnel:
    figures: list[Curve | Plate] = []
    notes = []
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


def _summary(console: Console, road: Road, funnel: Funnel, seconds: dict[str, float], total: float) -> None:
    first, last = funnel.steps[0], funnel.steps[-1]
    table = Table.grid(padding=(0, 3))
    table.add_row("clips in", str(first.entered))
    for step in funnel.steps:
        for loss in step.losses:
            table.add_row(f"failed at {step.name}: {loss.code}", str(loss.clips))
    table.add_row("whole", str(last.left))
    console.print("\n[bold]summary")
    console.print(table)
    lost = sum(step.lost for step in funnel.steps)
    console.print(f"{last.left} whole + {lost} failed = {first.entered} clips in")
    stages: Counter[str] = Counter()
    for run in curate_runs(find_shards(road.shards)):
        stages.update(run.seconds)
    console.print(
        f"\nseconds: {_seconds(seconds)}, all {total:.1f}\nstages:  {_seconds(stages)} (of work, on all cores)"
    )
    console.print(
        f"report:  {road.report} (open it in a browser)\nshards:  {road.shards}\nface:    {road.face}: {_PLUMBING}"
    )
    console.print(
        f"\nnext:    make demo DEMO_INPUT=path/to/your/clips\n"
        f"         faceshards inspect {road.shards} --help\n"
        f"         duckdb \"select key, face_share, snr_db from '{road.shards}/*.parquet'\"",
        soft_wrap=True,
    )
