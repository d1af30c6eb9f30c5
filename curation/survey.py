"""What a plan would do to shards: clips by stage, passes over their pictures, bytes. Nothing is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faceshards.curation.contents import RowContents, ShardContents
from faceshards.curation.engine.clip_work import DECODE
from faceshards.curation.engine.need import Frames
from faceshards.curation.engine.stage import Stage
from faceshards.curation.forecast import Load
from faceshards.curation.lack import Lack
from faceshards.curation.plan import StagePlan
from faceshards.curation.stale import followed
from faceshards.curation.work_folder import work_folder
from faceshards.shards.reader import Shard


@dataclass(frozen=True)
class Outstanding:
    """A clip that lacks stages: those that run `now`, those that run `later` where what they read turns out to have
    changed, and the bytes of the members that they read.
    """

    shard: Path
    row: int
    load: Load
    now: tuple[str, ...]
    later: tuple[str, ...]
    bytes: int
    decodes: tuple[bool, ...]

    @property
    def steps(self) -> tuple[str, ...]:
        """All that it is put through, decoding included."""
        return (*([DECODE] if any(self.decodes) else []), *self.now, *self.later)


@dataclass
class ShardSurvey:
    """One shard: clips by what becomes of a stage, and its clips that lack some. Of an `unfinished` run nothing is
    counted as done.
    """

    path: Path
    bytes: int
    clips: int
    unfinished: bool
    run: Counter[str] = field(default_factory=Counter)
    may_run: Counter[str] = field(default_factory=Counter)
    skip: Counter[str] = field(default_factory=Counter)
    outstanding: list[Outstanding] = field(default_factory=list)

    @classmethod
    def of(cls, path: Path, plan: StagePlan) -> ShardSurvey:
        """What the plan would do to a shard. Raises ShardError, StageError where it could not be."""
        with Shard(path) as shard:
            plan.check(shard)
            plan, contents = followed(plan, shard), ShardContents(shard)
            rows = plan.rows(shard)
            survey = cls(path, shard.nbytes, len(rows), work_folder(path).exists())
            for row in rows:
                survey._add(Lack.of(contents, row, None, plan), plan)
        return survey

    def _add(self, lack: Lack, plan: StagePlan) -> None:
        now, later = lack.todo.now, lack.todo.later
        self.run.update(stage.name for stage in now)
        self.may_run.update(stage.name for stage in later)
        self.skip.update(stage.name for stage in plan.stages if stage not in now and stage not in later)
        if not now:
            return
        facts = lack.finished.facts
        contents = RowContents(lack.contents, lack.row, facts, {})
        members = {name: one for stage in now for name, one in contents.read_by(stage).items()}
        self.outstanding.append(
            Outstanding(
                self.path,
                lack.row,
                Load.of(facts),
                tuple(stage.name for stage in now),
                tuple(stage.name for stage in later),
                sum(one[0] for one in members.values() if isinstance(one, list)),
                tuple(map(_sees, (now, later))),
            )
        )


def _sees(stages: Iterable[Stage[Any]]) -> bool:
    """Whether any of the stages is fed with pictures."""
    return any(isinstance(need, Frames) for stage in stages for need in stage.needs())


def surveyed(paths: Sequence[Path], plan: StagePlan) -> list[ShardSurvey]:
    """A survey of each shard."""
    return [ShardSurvey.of(path, plan) for path in paths]


def passes(surveys: Iterable[ShardSurvey]) -> list[dict[str, Any]]:
    """The passes: which stages share one, whether it decodes pictures (once, for all of them), over how many clips; a
    second pass is made of a clip where what it is made for has changed (`may`).
    """
    found: Counter[tuple[bool, tuple[str, ...], bool]] = Counter()
    for one in (one for survey in surveys for one in survey.outstanding):
        for stages, decodes, may in ((one.now, one.decodes[0], False), (one.later, one.decodes[1], True)):
            if stages:
                found[may, stages, decodes] += 1
    return [
        {"stages": list(stages), "decodes": decodes, "clips": clips, "may": may}
        for (may, stages, decodes), clips in sorted(found.items(), key=lambda one: (one[0][0], -one[1], one[0][1]))
    ]
