"""The report page: shards, run reports and a caller's figures become one self-contained HTML file under 10 MB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from faceshards.errors import FaceshardsError
from faceshards.shards.reader import Shard
from faceshards.shards.schema.scalars import SCALARS
from faceshards.shards.storage.atomic import write_atomic
from faceshards.shards.storage.find import find_shards
from faceshards.terminal import size
from faceshards.viewer.cards import Card, Image, make_card
from faceshards.viewer.charts import Bars, Lines
from faceshards.viewer.drawing import fit
from faceshards.viewer.figures import Curve, Plate
from faceshards.viewer.funnel import PACK, Funnel
from faceshards.viewer.histogram import Spread
from faceshards.viewer.page import Drawn, Lost, Page, StageTime, Stat, render
from faceshards.viewer.runs import Run, curate_runs, pack_runs
from faceshards.viewer.sample import Sample
from faceshards.viewer.selection import covering
from faceshards.viewer.summary import ShardSummary, summarise
from faceshards.viewer.totals import total

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
    Raises UsageError where no shard is found, StorageError when the disk refuses.
    """
    shards = find_shards(*paths)
    summaries = [summarise(path) for path in shards]
    packs = pack_runs(shards, [Path(path) for path in paths if Path(path).is_dir()])
    everything = total(summaries)
    funnel = Funnel.of(everything, packs, commands)
    lost = _lost(everything, packs)
    cards = _within(PICTURE_BYTES, _cards(summaries, clips))
    rejected = [one for one in lost if one.stage == PACK]
    turned_away = covering([frozenset([one.code]) for one in rejected], MOST_TURNED_AWAY)
    page = Page(
        title=title,
        lead=_lead(funnel),
        stats=_stats(funnel, everything),
        notes=(*notes, *_doubts(summaries, packs)),
        funnel=funnel,
        lost=tuple(lost),
        cards=tuple(cards),
        selection=_selection(len(cards), everything.samples),
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


def _cards(summaries: Sequence[ShardSummary], most: int) -> Iterator[Card]:
    """Cards of the clips that together cover every source, identity and failure."""
    places = [(one.path, row) for one in summaries for row in range(one.samples)]
    features = [feature for one in summaries if one.samples for feature in _features(one)]
    for path, row in (places[place] for place in covering(features, most)):
        try:
            with Shard(path) as shard:
                yield make_card(Sample.of(shard, row))
        except FaceshardsError:  # a damaged sample: the shard's health says so
            continue


def _features(summary: ShardSummary) -> list[frozenset[tuple[str, str]]]:
    """What each sample of a shard is an example of."""
    failed = {failure.key: f"{failure.stage} {failure.code}" for failure in summary.failures}
    with Shard(summary.path) as shard:
        names = [name for name in ("source", "identity", "container") if name in shard.index.column_names]
        columns = [shard.index[name].to_pylist() for name in names]
        return [
            frozenset([(name, str(column[row])) for name, column in zip(names, columns, strict=True)])
            | {("failure", failed.get(key, ""))}
            for row, key in enumerate(shard.keys)
        ]


def _within(limit: int, cards: Iterator[Card]) -> list[Card]:
    """The first cards whose pictures together stay within `limit` bytes."""
    kept: list[Card] = []
    for card in cards:
        limit -= card.weight
        if limit < 0:
            break
        kept.append(card)
    return kept


def _lost(summary: ShardSummary, packs: Sequence[Run]) -> list[Lost]:
    rejected = [Lost(one.name, PACK, one.code, one.reason) for run in packs for one in run.rejected]
    return rejected + [Lost(one.name, one.stage, one.code, one.reason) for one in summary.failures]


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


def _selection(shown: int, packed: int) -> str:
    which = (
        "All packed clips."
        if shown == packed
        else (f"{shown} of {packed} packed clips, chosen so that every source, person and kind of failure is seen.")
    )
    return f"{which} Boxes and points are drawn on the original's frames only."


def _doubts(summaries: Sequence[ShardSummary], packs: Sequence[Run]) -> Iterator[str]:
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


def _times(runs: Sequence[Run]) -> tuple[StageTime, ...]:
    stages = dict.fromkeys(stage for run in runs for stage in run.seconds)
    times = [
        (stage, sum(run.seconds.get(stage, 0.0) for run in runs), sum(run.seen for run in runs if stage in run.seconds))
        for stage in stages
    ]
    longest = max((seconds for _, seconds, _ in times), default=0.0) or 1.0
    return tuple(StageTime(stage, seconds, clips, seconds / longest) for stage, seconds, clips in times)


def _drawn(figure: Curve | Plate) -> Drawn:
    if isinstance(figure, Curve):
        chart = Lines.of(figure.series)
        return Drawn(figure.title, figure.caption, chart=chart, x_label=figure.x_label, y_label=figure.y_label)
    return Drawn(figure.title, figure.caption, image=Image.jpg(fit(figure.picture, PLATE_SIDE), figure.alt))
