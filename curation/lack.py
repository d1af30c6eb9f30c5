"""A clip that lacks stages: what it lacks, that as a task for the engine, and what of its results is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from faceshards.curation.contents import RowContents, ShardContents
from faceshards.curation.engine.clip_work import DECODE, ClipTask, Done
from faceshards.curation.engine.need import Frames
from faceshards.curation.engine.result import inputs_in, recorded
from faceshards.curation.engine.stage import ColumnBody, Failure, Outcome, Stage
from faceshards.curation.engine.stage_clip import SharedClip
from faceshards.curation.plan import StagePlan, Todo
from faceshards.curation.spill import Finished
from faceshards.jobs.journal import Journal
from faceshards.shards.reader import Shard
from faceshards.shards.schema.provenance import Provenance


@dataclass(frozen=True)
class Lack:
    """The clip of a row: `finished` is what it has by now, `todo` what it lacks; `recipes` are the plan's."""

    row: int
    finished: Finished
    contents: ShardContents
    recipes: Mapping[str, Provenance]
    todo: Todo

    @classmethod
    def of(cls, contents: ShardContents, row: int, finished: Finished | None, plan: StagePlan) -> Lack:
        """What the plan finds lacking in a row, of which so much is `finished` beside the shard."""
        done = finished or Finished(contents.shard.json(row))
        todo = plan.todo(done.facts, RowContents(contents, row, done.facts, done.columns))
        return cls(row, done, contents, plan.recipes, todo)

    @property
    def stages(self) -> list[Stage[Any]]:
        """The stages that run, and those that may."""
        return [*self.todo.now, *self.todo.later]

    def task(self, shard: Shard, journal: Journal) -> ClipTask:
        """The work that is to be done, without what the journal says not to try again."""
        key = shard.keys[self.row]
        barred = {stage.name: why for stage in self.stages if (why := _barred(journal, key, stage)) is not None}
        clip = SharedClip(shard, self.row, self.finished.facts, self.finished.columns)
        return ClipTask(clip, self.todo.now, barred, self.todo.later, self._due)

    def _due(self, stage: Stage[Any], clip: SharedClip) -> bool:
        """Whether a stage runs that waits for others: what it reads is not what it was made of."""
        before = inputs_in(self.finished.facts).get(stage.name)
        return stage.name in self.todo.sure or not self._contents(clip.facts, clip.made).holds(stage, before)

    def _contents(self, facts: Mapping[str, Any], fresh: Mapping[str, ColumnBody]) -> RowContents:
        return RowContents(self.contents, self.row, facts, {**self.finished.columns, **fresh})

    def mended(self, done: Done, seconds: Mapping[str, float]) -> tuple[Finished, dict[str, ColumnBody]]:
        """What the clip has now, and its new columns; `seconds` were spent on it, by step."""
        facts, columns, provenance = dict(self.finished.facts), dict[str, ColumnBody](), dict(self.finished.provenance)
        for stage in (stage for stage in self.stages if stage.name in done.results):
            result, made = done.results[stage.name], self.recipes[stage.name]
            inputs = self._contents(facts, columns).read_by(stage, done.task.clip.peeks.get(stage.name, set()))
            facts = recorded(facts, stage, result, made.fingerprint, inputs)
            found = result.columns if isinstance(result, Outcome) else {}
            columns |= {name: found.get(name, b"") for name in stage.columns}
            provenance[made.fingerprint] = made
        before = self.finished.run
        traces = {name: one.trace for name, one in done.results.items() if isinstance(one, Failure) and one.trace}
        cost = {
            "seconds": _sum(before.get("seconds", {}), seconds),
            "counts": _sum(before.get("counts", {}), _counted(done, facts)),
            "traces": {**before.get("traces", {}), **traces},
        }
        return Finished(facts, self.finished.columns, provenance, cost), columns


def _barred(journal: Journal, key: str, stage: Stage[Any]) -> Failure | None:
    """Why a stage is not even tried on a clip."""
    steps = {stage.name} | ({DECODE} if any(isinstance(need, Frames) for need in stage.needs()) else set())
    for step, code in journal.quarantined(key).items():
        if step in steps or not step:
            where = f"in {step} " if step else ""
            how = "took too much memory" if code == "out-of-memory" else "died"
            return Failure(code, f"its worker {how} twice {where}at this clip (--retry {code})")
    for step in journal.timeouts(key):
        if step in steps:
            return Failure("timeout", f"{step} did not end within its time limit")
    return None


def _counted(done: Done, facts: Mapping[str, Any]) -> dict[str, int]:
    """What the work on a clip counted; with the clip's frames, where it was decoded."""
    decoded = "frames_decoded" in done.counts
    return dict(done.counts) | ({"frames": int(facts.get("frames", 1))} if decoded else {})


def _sum(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}
