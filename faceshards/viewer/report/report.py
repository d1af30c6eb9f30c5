"""The report page: shards, run reports and a caller's figures become one self-contained HTML file under 10 MB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from faceshards.errors import UsageError
from faceshards.shards.schema.scalars import SCALARS
from faceshards.shards.storage.atomic import write_atomic
from faceshards.shards.storage.find import find_shards
from faceshards.terminal import size
from faceshards.viewer.drawing.drawing import fit
from faceshards.viewer.drawing.figures import Curve, Plate
from faceshards.viewer.report.cards import Image
from faceshards.viewer.report.charts import Bars, Lines
from faceshards.viewer.report.examples import examples_of, features_of, told, within
from faceshards.viewer.report.page import Drawn, LostClip, Page, StageTime, Stat, render
from faceshards.viewer.report.selection import covering
from faceshards.viewer.summary.funnel import PACK, Funnel
from faceshards.viewer.summary.histogram import Spread
from faceshards.viewer.summary.runs import RecordedRun, curate_runs, pack_runs
from faceshards.viewer.summary.summary import ShardSummary, summarise
from faceshards.viewer.summary.totals import total

#: Bytes of pictures that the page takes at most; the rest of its 10 MB is text and the caller's figures.
PICTURE_BYTES = 6_000_000
#: Clips turned away by `pack` that get a tile of their own.
MOST_TURNED_AWAY = 6
#: Longer side of a caller's picture, in pixels.
PLATE_SIDE = 960


def write_report(
    paths: Sequence[str | Path],
    out: Path,
    title: str = "Talking-face clips",
    commands: Sequence[tuple[str, str]] = (),
    figures: Sequence[Curve | Plate] = (),
    notes: Sequence[str] = (),
    clips: int = 10,
) -> Funnel:
    """Writes the page about the shards under `paths` to `out`, whole or not at all, and returns the funnel it shows.

    `commands` are (name, command line), shown as given; those named `pack` and `curate` also stand at their steps.
    `figures` and `notes` are shown as given; `clips` is how many clips get pictures.
    Raises UsageError where neither a shard is found nor word of clips that `pack` turned away, StorageError when the
    disk refuses.
    """
    folders = [Path(path) for path in paths if Path(path).is_dir()]
    shards = _shards(paths, folders)
    summaries = [summarise(path) for path in shards]
    packs = pack_runs(shards, folders)
    everything = total(summaries)
    funnel = Funnel.of(everything, packs, commands)
    lost = _lost(everything, packs)
    features = [one for summary in summaries for one in features_of(summary)]
    examples = within(PICTURE_BYTES, examples_of(summaries, features, clips))
    rejected = [one for one in lost if one.stage == PACK]
    turned_away = covering([frozenset([one.code]) for one in rejected], MOST_TURNED_AWAY)
    page = Page(
        title=title,
        lead=_lead(funnel),
        stats=_stats(funnel, everything),
        notes=(*notes, *_doubts(summaries, packs)),
        funnel=funnel,
        lost=tuple(lost),
        cards=tuple(one.card for one in examples),
        selection=told(examples, features),
        turned_away=tuple(rejected[place] for place in turned_away),
        figures=tuple(_drawn(figure) for figure in figures),
        spreads=tuple(Bars.of(spread) for spread in sorted(everything.spreads, key=_is_packed)),
        columns=everything.columns,
        scores=everything.scores,
        times=_times(curate_runs(shards)),
        shards=tuple(summaries),
        commands=tuple(commands),
    )
    write_atomic(Path(out), render(page).encode("utf-8", "replace"))
    return funnel


def _shards(paths: Sequence[str | Path], folders: Sequence[Path]) -> list[Path]:
    """The shards; none where every clip was turned away."""
    try:
        return find_shards(*paths)
    except UsageError:
        if not pack_runs([], folders):
            raise
        return []


def _lost(summary: ShardSummary, packs: Sequence[RecordedRun]) -> list[LostClip]:
    rejected = [LostClip(one.name, PACK, one.code, one.reason) for run in packs for one in run.rejected]
    return rejected + [LostClip(one.name, one.stage, one.code, one.reason) for one in summary.failures]


def _lead(funnel: Funnel) -> str:
    lost = funnel.rejected + funnel.failed
    went = f"{funnel.seen} {_clips(funnel.seen)} went in, {funnel.whole} came out whole."
    return f"{went} {lost} did not, and each says why." if lost else f"{went} None was lost."


def _clips(count: int) -> str:
    return "clip" if count == 1 else "clips"


def _stats(funnel: Funnel, summary: ShardSummary) -> tuple[Stat, ...]:
    seconds = float(np.nansum(summary.scalars.get("duration", np.zeros(0))))
    footage = (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.0f} h"
    )
    return (
        Stat("clips in", str(funnel.seen)),
        Stat("whole", str(funnel.whole), "good"),
        Stat("failed a stage", str(funnel.failed), "lost" if funnel.failed else ""),
        Stat("rejected", str(funnel.rejected), "lost" if funnel.rejected else ""),
        Stat("footage packed", footage),
        Stat("in the shards", size(summary.bytes)),
    )


def _doubts(summaries: Sequence[ShardSummary], packs: Sequence[RecordedRun]) -> Iterator[str]:
    """What a reader of the numbers must know."""
    for one in summaries:
        if one.health.state == "damaged":
            yield f"{one.path.name} is damaged: {one.health.detail}"
    held = {one.path.name: one.samples for one in summaries}
    untold = sorted(held.keys() - {name for run in packs for name in run.files})
    if untold:
        yield f"No pack report lies beside {', '.join(untold)}: what packing turned away there is not counted."
    for run in packs:
        packed = sum(held.get(name, 0) for name in run.files)
        if run.files - held.keys():
            yield f"{run.path.name} counts {len(run.files)} shards, not all of which are shown here."
        elif packed != run.whole:
            yield f"{run.path.name} counts {run.whole} packed clips, its shards hold {packed}: packed again, or cut?"


def _is_packed(spread: Spread) -> bool:
    """Whether a scalar was there before any stage; those that stages measured are shown first."""
    return spread.name in SCALARS and SCALARS[spread.name].maker == "pack"


def _times(runs: Sequence[RecordedRun]) -> tuple[StageTime, ...]:
    stages = dict.fromkeys(stage for run in runs for stage in run.seconds)
    times = [
        (stage, sum(run.seconds.get(stage, 0.0) for run in runs), sum(run.worked.get(stage, 0) for run in runs))
        for stage in stages
    ]
    longest = max((seconds for _, seconds, _ in times), default=0.0) or 1.0
    return tuple(StageTime(stage, seconds, clips, seconds / longest) for stage, seconds, clips in times)


def _drawn(figure: Curve | Plate) -> Drawn:
    if isinstance(figure, Curve):
        chart = Lines.of(figure.series)
        return Drawn(figure.title, figure.caption, chart=chart, x_label=figure.x_label, y_label=figure.y_label)
    return Drawn(figure.title, figure.caption, image=Image.jpg(fit(figure.picture, PLATE_SIDE), figure.alt))
