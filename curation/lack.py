"""A clip that lacks stages: as a task for the engine, and what of its results is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from faceshards.curation.engine.clip_work import DECODE, ClipTask, Done
from faceshards.curation.engine.need import Frames
from faceshards.curation.engine.result import recorded
from faceshards.curation.engine.stage import ColumnBody, Failure, Outcome, Stage
from faceshards.curation.engine.stage_clip import SharedClip
from faceshards.curation.work_folder import Finished, WorkFolder
from faceshards.jobs.journal import Journal
from faceshards.shards.reader import Shard
from faceshards.shards.schema.provenance import Provenance


@dataclass(frozen=True)
class Lack:
    """The clip of a row that lacks `stages`: `finished` is what it has by now, `wanted` how the plan would make all."""

    row: int
    finished: Finished
    wanted: Mapping[str, Provenance]
    stages: list[Stage[Any]]

    def task(self, shard: Shard, folder: WorkFolder) -> ClipTask:
        """The work that is to be done, without what the journal says not to try again."""
        key = shard.keys[self.row]
        made: dict[str, ColumnBody] = dict(folder.bodies(self.row)) if self.finished.columns else {}
        barred = {stage.name: why for stage in self.stages if (why := _barred(folder.journal, key, stage)) is not None}
        return ClipTask(SharedClip(shard, self.row, self.finished.facts, made), self.stages, barred)

    def mended(self, done: Done, seconds: Mapping[str, float]) -> tuple[Finished, dict[str, ColumnBody]]:
        """What the clip has now, and its new columns; `seconds` were spent on it, by step."""
        facts, columns, provenance = dict(self.finished.facts), dict[str, ColumnBody](), dict(self.finished.provenance)
        for stage in self.stages:
            result, made = done.results[stage.name], self.wanted[stage.name]
            facts = recorded(facts, stage, result, made.fingerprint)
            found = result.columns if isinstance(result, Outcome) else {}
            columns |= {name: found.get(name, b"") for name in stage.columns}
            provenance[made.fingerprint] = made
        before = self.finished.run
        cost = {
            "seconds": _sum(before.get("seconds", {}), seconds),
            "counts": _sum(before.get("counts", {}), _counted(done, facts)),
        }
        return Finished(facts, self.finished.columns, provenance, cost), columns


def _barred(journal: Journal, key: str, stage: Stage[Any]) -> Failure | None:
    """Why a stage is not even tried on a clip."""
    steps = {stage.name} | ({DECODE} if any(isinstance(need, Frames) for need in stage.needs()) else set())
    for step in journal.quarantined(key):
        if step in steps or not step:
            where = f"in {step} " if step else ""
            return Failure("quarantined", f"its worker died twice {where}at this clip (--retry quarantined)")
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
