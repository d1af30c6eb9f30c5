"""`faceshards curate --plan`: what a run would do and what it would cost, by a few clips that are really worked on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.markup import escape
from rich.table import Table

from faceshards.curation.forecast import Load
from faceshards.curation.plan import StagePlan
from faceshards.curation.sampling import BESIDE, Sampled, sampled
from faceshards.curation.survey import Outstanding, ShardSurvey, counted_passes, surveyed
from faceshards.jobs.scratch import Scratch
from faceshards.shards.storage.url import Place, Url
from faceshards.terminal import Screen, shard_names, size, titled

# Shards that are listed one by one on a terminal.
_LISTED = 20


@dataclass(frozen=True)
class Outlook:
    """What a run would do to some shards, in the order of the plan's `stages`, and what it would cost."""

    stages: tuple[str, ...]
    surveys: Sequence[ShardSurvey]
    sample: Sampled

    @property
    def outstanding(self) -> list[Outstanding]:
        """All clips that lack a stage."""
        return [one for survey in self.surveys for one in survey.outstanding]

    @property
    def seconds(self) -> dict[str, float]:
        """Step -> seconds of processor time; without what each worker takes to begin."""
        loads: dict[str, Load] = {}
        for one in self.outstanding:
            for step in (*one.steps, BESIDE):
                loads[step] = loads.get(step, Load()) + one.load
        return {step: self.sample.prices.of(step).cost(load) for step, load in loads.items()}

    @property
    def bytes(self) -> tuple[int, int]:
        """Bytes to read (what stages read, and shards that are rewritten) and to write (new columns, which are kept
        aside first, and those shards).
        """
        whole = sum(survey.bytes for survey in self.surveys if survey.outstanding)
        new = round(sum(self.sample.written.of(BESIDE).cost(one.load) for one in self.outstanding))
        return sum(one.bytes for one in self.outstanding) + whole + new, 2 * new + whole

    def record(self) -> dict[str, Any]:
        """The outlook as JSON values."""
        read, write = self.bytes
        seconds = self.seconds
        return {
            "shards": [
                {
                    "source": str(survey.path),
                    "clips": survey.clips,
                    "stages": {stage: _counts(survey, stage) for stage in _stages(self)},
                }
                for survey in self.surveys
            ],
            "passes": [{**vars(one), "clips": clips} for one, clips in counted_passes(self.surveys)],
            "bytes": {"read": read, "write": write},
            "cpu_seconds": {"steps": seconds, "total": sum(seconds.values()), "setup": self.sample.setup},
            "sampled": self.sample.clips,
            "sampled_failed": self.sample.failed,
            "clips": len(self.outstanding),
        }


def show_plan(shards: Sequence[Place], plan: StagePlan, scratch: Scratch = Scratch(), *, as_json: bool) -> None:
    """Prints what the plan would do to the shards and what it would cost; nothing is changed. Raises ShardError,
    StageError, StageBug.
    """
    surveys = surveyed([one if isinstance(one, Url) else one.resolve() for one in shards], plan, scratch)
    found = [one for survey in surveys for one in survey.outstanding]
    outlook = Outlook(tuple(stage.name for stage in plan.stages), surveys, sampled(found, plan, scratch))
    console = Screen(highlight=False)
    if as_json:
        console.print(json.dumps(outlook.record()), soft_wrap=True, markup=False)
        return
    console.print(_by_shard(outlook))
    for line in _lines(outlook):
        console.print(line, soft_wrap=True, markup=False)


def _stages(outlook: Outlook) -> tuple[str, ...]:
    """The plan's stages, then those that it follows."""
    followed = {stage for survey in outlook.surveys for stage in (*survey.run, *survey.may_run, *survey.skip)}
    return (*outlook.stages, *sorted(followed - set(outlook.stages)))


def _counts(survey: ShardSurvey, stage: str) -> dict[str, int]:
    return {"run": survey.run[stage], "may_run": survey.may_run[stage], "skip": survey.skip[stage]}


def _by_shard(outlook: Outlook) -> Table:
    """Clips to run and to skip, a row a shard."""
    folder, names = shard_names([survey.path for survey in outlook.surveys])
    table = Table(title=escape(titled("clips to run / to skip", folder)), title_justify="left")
    table.add_column("shard", overflow="fold")
    for stage in _stages(outlook):
        table.add_column(escape(stage), justify="right")
    for name, survey in list(zip(names, outlook.surveys, strict=True))[:_LISTED]:
        table.add_row(escape(name), *_cells([survey], outlook))
    if len(names) > 1:
        table.add_row(f"all {len(names)}", *_cells(outlook.surveys, outlook), style="bold")
    return table


def _cells(surveys: Iterable[ShardSurvey], outlook: Outlook) -> list[str]:
    """Of each stage `run / skip`; with `+n?` those that run where what they read turns out to have changed."""
    cells = []
    for stage in _stages(outlook):
        counts = [_counts(survey, stage) for survey in surveys]
        run, may, skip = (sum(one[name] for one in counts) for name in ("run", "may_run", "skip"))
        cells.append(f"{run}{f'+{may}?' if may else ''} / {skip}")
    return cells


def _lines(outlook: Outlook) -> Iterable[str]:
    """What stands below the table."""
    for one, clips in counted_passes(outlook.surveys):
        fed = "one decode feeds " if one.decodes else "no pictures: "
        if_changed = ", where what they read has changed" if one.may else ""
        yield f"pass over {clips} clips{if_changed}: {fed}{', '.join(one.stages)}"
    if unfinished := sum(survey.unfinished for survey in outlook.surveys):
        yield f"{unfinished} of {len(outlook.surveys)} shards have an unfinished run: its clips are counted as to do"
    if not outlook.outstanding:
        yield "nothing to do"
        return
    for stage, codes in outlook.sample.failed.items():
        for code, clips in codes.items():
            yield f"of {outlook.sample.clips} sampled clips {clips} failed in {stage}: {code}"
    read, write = outlook.bytes
    yield f"bytes: about {size(read)} to read, {size(write)} to write"
    seconds = outlook.seconds
    for step, spent in sorted(seconds.items(), key=lambda one: -one[1]):
        yield f"  {step}: {spent:.1f} CPU seconds"
    yield (
        f"about {sum(seconds.values()):.1f} CPU seconds, and {outlook.sample.setup:.1f} for each worker to begin; "
        f"by {outlook.sample.clips} of {len(outlook.outstanding)} clips, worked on in copies. Nothing was changed."
    )
