"""A few clips of a run, really worked on, to know what it will cost: copies in a folder of their own, in a process of
its own. The shards are not touched.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from faceshards.curation.forecast import Load, Prices
from faceshards.curation.open_shard import OpenShard
from faceshards.curation.plan import StagePlan
from faceshards.curation.run import CurateJob
from faceshards.curation.shard_end import COMMAND
from faceshards.curation.survey import Outstanding
from faceshards.errors import StageBug, StageError
from faceshards.jobs.inline import run_inline
from faceshards.jobs.job import Portion
from faceshards.jobs.progress import Advance
from faceshards.jobs.report import Report, total
from faceshards.jobs.schedule import Schedule
from faceshards.jobs.scratch import Scratch
from faceshards.shards.rewrite import copied
from faceshards.shards.storage.lease import Lease
from faceshards.shards.writer import ShardWriter

#: So many bundles of clips are sampled, from the shortest to the longest, of so many each.
BUNDLES, CLIPS = 3, 3
#: Frames that the sample may have, more where they are this share of all.
FRAMES, SHARE = 1000, 0.02
#: The step of what the engine and the files cost, beside the stages.
BESIDE = "engine and files"


@dataclass(frozen=True)
class Sampled:
    """What sampled clips cost: `prices` of processor time by step, `written` bytes of new columns, `setup` seconds that
    each worker takes to begin, over so many `clips`; of these `failed` in a stage, by its name and the reason's code.
    """

    prices: Prices
    written: Prices
    setup: float
    clips: int
    failed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def bundles(found: Sequence[Outstanding]) -> list[list[Outstanding]]:
    """The clips to sample: a few short ones, a few of middle length, a few long ones."""
    ordered = sorted(found, key=lambda one: (one.load.pixels, one.load.frames, str(one.shard), one.row))
    if len(ordered) <= BUNDLES * CLIPS:
        chosen = [ordered[start::BUNDLES] for start in range(min(BUNDLES, len(ordered)))]
    else:
        starts = [(2 * i + 1) * len(ordered) // (2 * BUNDLES) - CLIPS // 2 for i in range(BUNDLES)]
        chosen = [ordered[start : start + CLIPS] for start in starts]
    budget = max(FRAMES, SHARE * sum(one.load.frames for one in found))
    while sum(one.load.frames for bundle in chosen for one in bundle) > budget and any(chosen[1:]):
        longest = max(chosen, key=lambda bundle: sum(one.load.frames for one in bundle))
        longest.pop()
        chosen = [bundle for bundle in chosen if bundle]
    return chosen


def sampled(found: Sequence[Outstanding], plan: StagePlan, scratch: Scratch = Scratch()) -> Sampled:
    """What a few of these clips cost. Raises StageBug for a programming error in a stage, StageError where the sampled
    clips could not be worked on.
    """
    chosen = bundles(found)
    if not chosen:
        return Sampled(Prices(()), Prices(()), 0.0, 0)
    with TemporaryDirectory(prefix="faceshards-sample-") as folder:
        shortest = min((one for bundle in chosen for one in bundle), key=lambda one: one.load.frames)
        paths = [_copies(Path(folder) / f"{n}.tar", bundle, scratch) for n, bundle in enumerate([[shortest], *chosen])]
        limits = {str(path): len(bundle) for path, bundle in zip(paths, [[shortest], *chosen], strict=True)}
        sizes = [path.stat().st_size for path in paths]
        first, *reports = _reports(_MeasuredJob(plan, limits=limits), list(limits))
        grown = [path.stat().st_size - size for path, size in zip(paths, sizes, strict=True)]
    return _told(chosen, reports, grown[1:], first)


def _reports(job: _MeasuredJob, sources: Sequence[str]) -> list[Report]:
    """The reports of a run over copies, in one process beside this one."""
    with closing(Schedule(job, sources)) as schedule:
        if schedule.begun():
            run_inline(job, schedule)
        for report in schedule.reports:
            if report.error:
                raise (StageBug if report.bug else StageError)(f"a few sampled clips: {report.error}")
        return schedule.reports


@dataclass(frozen=True)
class _MeasuredJob(CurateJob):
    """Work on the first clips of each shard (`limits`), in whose reports stands, too, the processor time that went
    beside the stages.
    """

    limits: Mapping[str, int] = field(default_factory=dict)
    _paid: dict[str, float] = field(default_factory=dict, compare=False)

    def open(self, source: str) -> OpenShard:
        """As a run's."""
        return self._of(source).open(source)

    def work(self, portion: Portion, by: str, advance: Advance = lambda done, known: None) -> None:
        """As a run's."""
        begin = time.process_time()
        self._of(portion.source).work(portion, by, advance)
        self._paid[portion.source] = self._paid.get(portion.source, 0.0) + time.process_time() - begin

    def close(self, source: str, held: Lease, lines: Sequence[bytes] = ()) -> Report:
        """As a run's, but for the seconds."""
        begin = time.process_time()
        report = self._of(source).close(source, held, lines)
        report.seconds.pop("rewrite", None)  # the wall's
        paid = self._paid.pop(source, 0.0) + time.process_time() - begin
        report.add_seconds(BESIDE, max(0.0, paid - sum(report.seconds.values())))
        return report

    def _of(self, source: str) -> CurateJob:
        return CurateJob(replace(self.plan, limit=self.limits[source]))


def _told(
    chosen: Sequence[Sequence[Outstanding]], reports: Sequence[Report], grown: Sequence[int], first: Report
) -> Sampled:
    """Prices by what the bundles cost. The `first` run, of a clip that is in a bundle, too, has set everything up."""
    loads = [_sum(bundle) for bundle in chosen]
    paid = [
        (_sum(one for one in bundle for name in (*one.steps, BESIDE) if name == step), {step: seconds})
        for bundle, report in zip(chosen, reports, strict=True)
        for step, seconds in report.seconds.items()
    ]
    written = [(load, {BESIDE: float(size)}) for load, size in zip(loads, grown, strict=True)]
    failed = total(reports, COMMAND, "a few sampled clips").failed
    return Sampled(Prices(paid), Prices(written), first.seconds[BESIDE], sum(map(len, chosen)), failed)


def _sum(found: Iterable[Outstanding]) -> Load:
    return sum((one.load for one in found), Load())


def _copies(path: Path, bundle: Sequence[Outstanding], scratch: Scratch = Scratch()) -> Path:
    """A shard of copies of some clips, and behind them of some neighbours, for stages that look at other clips."""
    with ExitStack() as opened:
        shards = {place: opened.enter_context(scratch.open(place)) for place in {one.shard for one in bundle}}
        known = {name: made for shard in shards.values() for name, made in shard.provenance.items()}
        columns = sorted({name for shard in shards.values() for name in shard.columns})
        places = [(one.shard, one.row) for one in bundle]
        steps = [(one, step) for one in bundle for step in (1, len(shards[one.shard]) // 2)]
        places += [(one.shard, (one.row + step) % len(shards[one.shard])) for one, step in steps]
        with ShardWriter(path, provenance=known.values(), durable=False) as writer:
            taken: set[str] = set()
            for number, (place, row) in enumerate(dict.fromkeys(places)):
                shard = shards[place]
                bodies = {name: copied(shard, row, name) if shard.has(name) else None for name in columns}
                key = shard.keys[row]  # a choice that goes by it, as swap's, is the same in the copy
                writer.add(f"{number}_" if key in taken else key, bodies)
                taken.add(key)
    return path
