"""The plan: which stages run, in which order, and which of them a clip still lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from faceshards.curation.contents import RowContents
from faceshards.curation.engine.need import Need
from faceshards.curation.engine.result import inputs_in, made_in
from faceshards.curation.engine.stage import Resources, Stage
from faceshards.errors import StageBug, StageError, UsageError
from faceshards.jobs.bugs import told
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.schema.columns import COLUMNS
from faceshards.shards.schema.provenance import Provenance


@dataclass(frozen=True)
class StagePlan:
    """Configured stages in an order in which each finds what it needs.

    `time_limit`: seconds that one step (decoding, a stage) may spend on one clip, None for no limit.
    `retry`: reason codes whose failures are tried again. `limit`: only the first so many clips of each shard.
    `follow`: other stages of a shard, too, are made again where what they read has changed (`curation.stale`);
    `followed` are those among the stages: no sample that lacks them gets them. `device`: where networks run that can
    run on a GPU.
    """

    stages: tuple[Stage[Any], ...]
    time_limit: float | None = None
    retry: frozenset[str] = frozenset()
    limit: int | None = None
    follow: bool = False
    followed: frozenset[str] = frozenset()
    device: str = "cpu"

    def __post_init__(self) -> None:
        object.__setattr__(self, "stages", in_order(self.stages))
        for stage in self.stages:
            stage.device = self.device

    @property
    def resources(self) -> Resources:
        """What a worker of this plan takes: as much of CPUs and GPUs as its hungriest stage, for they take turns, and
        the memory of all, for they are loaded together.
        """
        taken = [stage.resources() for stage in self.stages]
        return Resources(
            max(one.cpus for one in taken), max(one.gpus for one in taken), sum(one.memory for one in taken)
        )

    def rows(self, shard: Shard) -> list[int]:
        """The rows of a shard that it is about: those that stand."""
        found: list[int] = np.flatnonzero(standing(shard.index)).tolist()
        return found[: self.limit]

    def check(self, shard: Shard) -> None:
        """Raises StageError when a stage needs a column that neither the shard has nor a stage of the plan
        makes.
        """
        made = {name for stage in self.stages for name in stage.columns}
        for stage in self.stages:
            for need in stage.reads:
                if need not in made and not shard.has(need):
                    maker = COLUMNS[need].maker if need in COLUMNS else "the stage that makes it"
                    raise StageError(
                        f"{shard.path}: stage {stage.name} needs the column {need}, which is not there: "
                        f"add {maker} to --stages"
                    )

    @cached_property
    def recipes(self) -> dict[str, Provenance]:
        """Stage name -> how this plan makes its columns."""
        return {stage.name: recipe_of(stage) for stage in self.stages}

    def todo(self, facts: Mapping[str, Any], contents: RowContents) -> Todo:
        """What a sample with these facts lacks: what was never made, was made by another recipe or of other inputs, or
        is to be retried; and what stands behind that.
        """
        inputs, failed = inputs_in(facts), failed_stages(facts)
        now: list[Stage[Any]] = []
        later: list[Stage[Any]] = []
        sure: set[str] = set()
        fresh: set[str] = set()
        unsettled: set[str] = set()
        for stage, reads in self._reads:
            if stage.name in self.followed and stage.name not in inputs:
                continue
            lacks = failed.get(stage.name) in self.retry or not self._whole(stage, facts, contents)
            if reads & unsettled or (reads & fresh and not lacks):
                later.append(stage)
                sure.update({stage.name} if lacks else ())
                unsettled.update(stage.columns)
            elif lacks or not contents.holds(stage, inputs.get(stage.name)):
                now.append(stage)
                fresh.update(stage.columns)
        return Todo(tuple(now), tuple(later), frozenset(sure))

    def forgotten(self, known: Mapping[str, Provenance], facts: Iterable[Mapping[str, Any]]) -> set[str]:
        """The fingerprints of recipes of this plan's stages that no sample names: what a shard holds does not tell by
        which way it came to it.
        """
        named = {mark for one in facts for mark in made_in(one).values() if isinstance(mark, str)}
        return {name for name, made in known.items() if made.stage in self.recipes and name not in named}

    @cached_property
    def _reads(self) -> list[tuple[Stage[Any], frozenset[str]]]:
        return [(stage, frozenset(stage.reads)) for stage in self.stages]

    def _whole(self, stage: Stage[Any], facts: Mapping[str, Any], contents: RowContents) -> bool:
        """Whether all that a stage makes is there, made by this plan's recipe."""
        made, fingerprint = made_in(facts), self.recipes[stage.name].fingerprint
        return all(made.get(mark) == fingerprint for mark in stage.marks) and all(map(contents.has, stage.columns))


@dataclass(frozen=True)
class Todo:
    """What a sample lacks: the stages that run `now`, and those that run `later`, where what they read turns out to
    have changed; `sure` are those of them that run anyway, and wait for one that may not.
    """

    now: tuple[Stage[Any], ...] = ()
    later: tuple[Stage[Any], ...] = ()
    sure: frozenset[str] = frozenset()


def recipe_of(stage: Stage[Any]) -> Provenance:
    """How a stage makes its columns."""
    return Provenance(stage.name, stage.version, stage.record, stage.models)


def failed_stages(facts: Mapping[str, Any]) -> dict[str, str]:
    """Stage -> reason code of the failures in a sample's json."""
    return {str(one.get("stage")): str(one.get("code")) for one in facts.get("failures", ())}


def in_order(stages: Sequence[Stage[Any]]) -> tuple[Stage[Any], ...]:
    """The stages, each behind those that make what it needs; otherwise as given.

    Raises UsageError for a stage that is named twice, StageError for stages that need each other, or make nothing,
    StageBug for one that cannot say what it needs.
    """
    names = [stage.name for stage in stages]
    for stage in stages:
        _check_declaration(stage)
    if len(set(names)) < len(names):
        raise UsageError(f"a stage may be named once, got {', '.join(names)}")
    waiting, ordered = list(stages), []
    while waiting:
        coming = {name for stage in waiting for name in stage.columns}
        ready = next((stage for stage in waiting if not coming & set(stage.reads)), None)
        if ready is None:
            raise StageError(f"the stages {', '.join(stage.name for stage in waiting)} need each other: no order works")
        waiting.remove(ready)
        ordered.append(ready)
    return tuple(ordered)


def _check_declaration(stage: Stage[Any]) -> None:
    """Raises StageError for a stage that makes nothing, StageBug for one that cannot say what it needs."""
    if not stage.marks:
        raise StageError(f"stage {stage.name} makes nothing: name its columns in `makes`, or its `scores`")
    try:
        needs = tuple(stage.needs())
    except Exception as error:
        raise StageBug(f"stage {stage.name}, while it said what it needs: {told(error)}: mend the stage") from error
    for need in needs:
        if not isinstance(need, Need):
            raise StageBug(f"stage {stage.name} needs {need!r:.80}, which is no Need: mend the stage")
