"""What a plan would do to shards: clips by stage, passes over their pictures, bytes. Nothing is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from faceshards.curation.contents import RowContents, ShardContents
from faceshards.curation.engine.clip_work import DECODE
from faceshards.curation.engine.need import Frames
from faceshards.curation.engine.passes import passes
from faceshards.curation.engine.stage import Stage
from faceshards.curation.forecast import Load
from faceshards.curation.lack import Lack
from faceshards.curation.plan import StagePlan
from faceshards.curation.stale import followed
from faceshards.curation.work_folder import WorkFolder
from faceshards.jobs.scratch import Scratch
from faceshards.shards.storage.url import Place


@dataclass(frozen=True)
class Pass:
    """Stages that run side by side on a clip, on one decoding where one of them sees the pictures (`decodes`); a pass
    that `may` be is made where what it is for turns out to have changed.
    """

    stages: tuple[str, ...]
    decodes: bool
    may: bool = False

    @classmethod
    def of(cls, stages: Sequence[Stage[Any]], facts: Mapping[str, Any], may: bool) -> list[Pass]:
        """The passes of some stages over a clip with these facts."""
        return [cls(tuple(one.name for one in group), _sees(group), may) for group in passes(stages, facts) if group]


@dataclass(frozen=True)
class Outstanding:
    """A clip that lacks stages: its passes, and the bytes of the members that are read for those that are sure."""

    shard: Place
    row: int
    load: Load
    passes: tuple[Pass, ...]
    bytes: int

    @property
    def steps(self) -> tuple[str, ...]:
        """All that it is put through; decoding is named as often as it is sure to be done, or may be."""
        sure = sum(one.decodes for one in self.passes if not one.may)
        decodes = sure or int(any(one.decodes for one in self.passes))
        return (*[DECODE] * decodes, *(stage for one in self.passes for stage in one.stages))


@dataclass
class ShardSurvey:
    """One shard: clips by what becomes of a stage, and its clips that lack some. Of an `unfinished` run nothing is
    counted as done.
    """

    path: Place
    bytes: int
    clips: int
    unfinished: bool
    run: Counter[str] = field(default_factory=Counter)
    may_run: Counter[str] = field(default_factory=Counter)
    skip: Counter[str] = field(default_factory=Counter)
    outstanding: list[Outstanding] = field(default_factory=list)

    @classmethod
    def of(cls, path: Place, plan: StagePlan, scratch: Scratch = Scratch()) -> ShardSurvey:
        """What the plan would do to a shard. Raises ShardError, StageError where it could not be."""
        with scratch.open(path) as shard:
            plan.check(shard)
            plan, contents = followed(plan, shard), ShardContents(shard)
            rows = plan.rows(shard)
            survey = cls(path, shard.nbytes, len(rows), WorkFolder(shard, scratch=scratch).is_begun)
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
                (*Pass.of(now, facts, may=False), *Pass.of(later, facts, may=True)),
                sum(one[0] for one in members.values() if isinstance(one, list)),
            )
        )


def _sees(stages: Iterable[Stage[Any]]) -> bool:
    """Whether any of the stages is fed with pictures."""
    return any(isinstance(need, Frames) for stage in stages for need in stage.needs())


def surveyed(paths: Sequence[Place], plan: StagePlan, scratch: Scratch = Scratch()) -> list[ShardSurvey]:
    """A survey of each shard."""
    return [ShardSurvey.of(path, plan, scratch) for path in paths]


def counted_passes(surveys: Iterable[ShardSurvey]) -> list[tuple[Pass, int]]:
    """All passes, and over how many clips: the sure ones first, the most frequent first."""
    found = Counter(one for survey in surveys for clip in survey.outstanding for one in clip.passes)
    return sorted(found.items(), key=lambda one: (one[0].may, -one[1], one[0].stages))
