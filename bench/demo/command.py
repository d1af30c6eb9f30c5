"""The command `faceshards demo`: the whole road on clips made from two portraits, or on the user's own."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from faceshards.bench.demo.closing import print_summary, write_page
from faceshards.bench.demo.possible import possible_stages, trainable_clips, untrained
from faceshards.bench.demo.raw import make_raw
from faceshards.bench.demo.road import TRAINABLE, Road, Step
from faceshards.bench.demo.voice_file import extract_voice
from faceshards.errors import FaceshardsError
from faceshards.terminal import Screen, plain
from faceshards.viewer.summary.runs import pack_runs


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
    a synthesised voice, eyes blink. With it, all is made in OUT/yours/NAME; what your clips do not allow
    (training takes two with a face and sound) is left out, and the page says so.

    Every step is a command that you can type yourself, and is shown before it runs. Run it again after an
    interruption: what is done is skipped.

    Examples:

      faceshards demo

      faceshards demo --input talks --out demo
    """
    console = Screen(highlight=False)
    road = Road.of(out, source)
    begin = time.perf_counter()
    seconds: dict[str, float] = {}
    packing = _packing(console, road, source)
    _pack(console, road, packing, seconds)
    stages, notes = possible_stages(road.shards)
    curating = (road.own_curation if source is None else road.user_curation)(stages)
    _run(console, curating, seconds)
    clips = trainable_clips(road.shards)
    why = untrained(clips)
    notes += [why] if why else []
    console.print()
    for note in notes:
        console.print(plain(note, "yellow"), soft_wrap=True)
    speaker = None if why else extract_voice(road.shards, TRAINABLE, road.voice)
    trying = [] if why else [*road.training(clips), road.inference()]
    after = [*trying, road.inspection()]
    _run(console, after, seconds)
    funnel = write_page(road, [*packing, *curating, *after], speaker, notes)
    print_summary(console, road, funnel, seconds, time.perf_counter() - begin, why)


def _packing(console: Console, road: Road, source: Path | None) -> list[Step]:
    """The steps that pack the user's clips, or those that are made now."""
    if source is not None:
        return road.user_packing(source)
    console.print(
        "[bold]raw input[/]: clips of two people, from portraits that ship inside scikit-image and matplotlib"
    )
    return road.own_packing(*make_raw(road.out / "raw"))


def _pack(console: Console, road: Road, steps: list[Step], seconds: dict[str, float]) -> None:
    """Packs the raw clips. Where every one is turned away, the page says why of each, and the demo ends there."""
    try:
        _run(console, steps, seconds)
    except FaceshardsError:
        if not pack_runs([], [road.shards]):
            raise
        funnel = write_page(road, steps, None, ["No clip could be packed, so nothing came after."])
        raise FaceshardsError(
            f"no clip could be packed, of {funnel.seen} in all: {road.report} says why of each"
        ) from None


def _run(console: Console, steps: Iterable[Step], seconds: dict[str, float]) -> None:
    for step in steps:
        console.print(f"\n[bold]{step.kind}[/]: {step.aim}\n[cyan]$ {escape(step.line())}", soft_wrap=True)
        seconds[step.kind] = seconds.get(step.kind, 0.0) + step.run()
