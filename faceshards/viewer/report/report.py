"""The report page: shards, run reports and a caller's figures become one self-contained HTML file under 10 MB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from faceshards.errors import UsageError
from faceshards.jobs.progress import progress
from faceshards.shards.schema.scalars import SCALARS
from faceshards.shards.storage.atomic import write_atomic
from faceshards.shards.storage.find import find_shards
from faceshards.shards.storage.url import Place, place
from faceshards.terminal import size
from faceshards.viewer.drawing.drawing import fit
from faceshards.viewer.drawing.figures import Curve, Plate
from faceshards.viewer.report.cards import Image
from faceshards.viewer.report.charts import Bars, Lines
from faceshards.viewer.report.doubts import broken, chosen, doubts
from faceshards.viewer.report.examples import Example, candidates_of, examples_of, told, within
from faceshards.viewer.report.faces import faces_of
from faceshards.viewer.report.page import Drawn, LostClip, Page, StageTime, Stat, render
from faceshards.viewer.report.selection import covering
from faceshards.viewer.report.video import with_videos
from faceshards.viewer.summary.funnel import PACK, Funnel
from faceshards.viewer.summary.health import STATES
from faceshards.viewer.summary.histogram import Spread
from faceshards.viewer.summary.runs import RecordedRun, curate_runs, pack_runs
from faceshards.viewer.summary.summary import ShardSummary, summarise
from faceshards.viewer.summary.totals import total

#: Bytes of the page with its videos, which take what pictures and text leave.
PAGE_BYTES = 9_900_000
#: Bytes of the clips' pictures.
PICTURE_BYTES = 5_000_000
#: Clips turned away by `pack` that get a tile of their own.
MOST_TURNED_AWAY = 6
#: Longer side of a caller's picture, in pixels.
PLATE_SIDE = 960


def write_report(
    paths: Sequence[str | Place],
    out: Path,
    title: str = "Talking-face clips",
    commands: Sequence[tuple[str, str]] = (),
    figures: Sequence[Curve | Plate] = (),
    notes: Sequence[str] = (),
    clips: int = 10,
    where: str | None = None,
    checksums: bool = True,
) -> Funnel:
    """Writes the page about the shards under `paths` to `out`, whole or not at all, and returns the funnel it shows.

    `commands` are (name, command line), shown as given; those named `pack` and `curate` also stand at their steps.
    `figures` and `notes` are shown as given; `clips` is how many clips get pictures. `where`: of the samples only those
    for which this holds. With `checksums` every byte of the shards is checked.
    Raises UsageError where neither a shard is found nor word of clips that `pack` turned away, and for a filter that
    does not evaluate; StorageError when the disk refuses.
    """
    folders = [path for path in map(place, paths) if isinstance(path, Path) and path.is_dir()]
    shards = _shards(paths, folders)
    summaries = _summaries(shards, checksums, where)
    packs = pack_runs(shards, folders) if where is None else []
    everything = total(summaries)
    funnel = Funnel.of(everything, packs, commands)
    lost = _lost(everything, packs)
    candidates = [one for summary in summaries for one in candidates_of(summary, where)]
    examples = within(PICTURE_BYTES, examples_of(candidates, clips))
    rejected = [one for one in lost if one.stage == PACK]
    turned_away = covering([frozenset([one.code]) for one in rejected], MOST_TURNED_AWAY)
    spreads = sorted(everything.spreads, key=_is_packed)
    page = Page(
        title=title,
        lead=_lead(funnel),
        stats=_stats(funnel, everything),
        notes=(*notes, *broken(summaries), *(doubts(summaries, packs) if where is None else chosen(everything, where))),
        faces=tuple(faces_of(candidates)),
        funnel=funnel,
        lost=tuple(lost),
        cards=(),
        selection=told(examples, candidates),
        turned_away=tuple(rejected[one] for one in turned_away),
        figures=tuple(_drawn(figure) for figure in figures),
        spreads=tuple(Bars.of(spread) for spread in spreads if spread.differs),
        constants=tuple(spread for spread in spreads if not spread.differs),
        columns=everything.columns,
        scores=everything.scores,
        times=_times(curate_runs(shards)),
        shards=tuple(sorted(summaries, key=lambda one: -STATES.index(one.health.state))),
        total=everything,
        commands=tuple(commands),
    )
    room = PAGE_BYTES - len(_written(_with_cards(page, examples)))
    write_atomic(Path(out), _written(_with_cards(page, with_videos(examples, room))))
    return funnel


def _with_cards(page: Page, examples: Sequence[Example]) -> Page:
    return replace(page, cards=tuple(one.card for one in examples))


def _written(page: Page) -> bytes:
    return render(page).encode("utf-8", "replace")


def _shards(paths: Sequence[str | Place], folders: Sequence[Path]) -> list[Place]:
    """The shards; none where every clip was turned away."""
    try:
        return find_shards(*paths)
    except UsageError:
        if not pack_runs([], folders):
            raise
        return []


def _summaries(shards: Sequence[Place], checksums: bool, where: str | None) -> list[ShardSummary]:
    found = []
    with progress("reading", len(shards), "shards") as advance:
        for path in shards:
            found.append(summarise(path, checksums, where))
            advance(len(found), len(shards))
    return found


def _lost(summary: ShardSummary, packs: Sequence[RecordedRun]) -> list[LostClip]:
    rejected = [LostClip(one.name, PACK, one.code, one.reason) for run in packs for one in run.rejected]
    return rejected + [LostClip(one.name, one.stage, one.code, one.reason) for one in summary.failures]


def _lead(funnel: Funnel) -> str:
    lost = funnel.rejected + funnel.failed
    went = f"{funnel.seen:,} {_clips(funnel.seen)} went in, {funnel.whole:,} came out whole."
    return f"{went} {lost:,} did not, and each says why." if lost else f"{went} None was lost."


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
        Stat("clips in", f"{funnel.seen:,}"),
        Stat("whole", f"{funnel.whole:,}", "good"),
        Stat("failed a stage", f"{funnel.failed:,}", "lost" if funnel.failed else ""),
        Stat("rejected", f"{funnel.rejected:,}", "lost" if funnel.rejected else ""),
        Stat("footage packed", footage),
        Stat("in the shards", size(summary.bytes)),
    )


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
