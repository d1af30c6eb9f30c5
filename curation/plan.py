"""The plan: which stages run, in which order, and which of them a clip still lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from faceshards.curation.engine.need import Frames, Live, Made, Need
from faceshards.curation.engine.stage import Resources, Stage
from faceshards.errors import StageError, UsageError
from faceshards.shards.reader import Shard
from faceshards.shards.schema.columns import SOUND as SOUND_COLUMNS
from faceshards.shards.schema.provenance import Provenance


@dataclass(frozen=True)
class StagePlan:
    """Configured stages in an order in which each finds what it needs.

    `time_limit`: seconds that one step (decoding, a stage) may spend on one clip, None for no limit.
    `retry`: reason codes whose failures are tried again. `limit`: only the first so many clips of each shard.
    """

    stages: tuple[Stage[Any], ...]
    time_limit: float | None = None
    retry: frozenset[str] = frozenset()
    limit: int | None = None
    _known: dict[Any, dict[str, Provenance]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stages", in_order(self.stages))

    @property
    def resources(self) -> Resources:
        """What a worker of this plan takes: as much of each as its hungriest stage."""
        taken = [stage.resources() for stage in self.stages]
        return Resources(max(one.cpus for one in taken), max(one.gpus for one in taken))

    def rows(self, shard: Shard) -> range:
        """The rows of a shard that it is about."""
        return range(len(shard) if self.limit is None else min(self.limit, len(shard)))

    def check(self, shard: Shard) -> None:
        """Raises StageError when a stage needs a column that neither the shard has nor a stage of the plan
        makes.
        """
        made = {name for stage in self.stages for name in stage.columns}
        for stage in self.stages:
            for need in stage.reads:
                if need not in made and not shard.has(need):
                    raise StageError(
                        f"{shard.path}: stage {stage.name} needs the column {need}, which is not there: "
                        "add the stage that makes it to --stages"
                    )

    def wanted(self, facts: Mapping[str, Any], container: str) -> dict[str, Provenance]:
        """Stage name -> how this plan would make its columns of a sample with these facts."""
        made = facts.get("made", {})
        brought = {container, *SOUND_COLUMNS, *(need for stage in self.stages for need in stage.reads)} & set(made)
        return self._wanted(container, tuple((name, made[name]) for name in sorted(brought)))

    def _wanted(self, container: str, brought: tuple[tuple[str, str], ...]) -> dict[str, Provenance]:
        """Nearly all samples of a shard give the same answer: it is kept."""
        if (container, brought) not in self._known:
            known, result = dict(brought), {}
            sound = next((name for name in SOUND_COLUMNS if name in known), container)
            for stage in self.stages:
                inputs = dict.fromkeys(_column_of(need, container, sound) for need in stage.needs())
                prints = tuple(known[name] for name in inputs if name in known)
                made = result[stage.name] = Provenance(stage.name, stage.version, stage.record, stage.models, prints)
                known.update(dict.fromkeys(stage.marks, made.fingerprint))
            self._known[container, brought] = result
        return self._known[container, brought]

    def todo(
        self, facts: Mapping[str, Any], wanted: Mapping[str, Provenance], has: Callable[[str], bool]
    ) -> list[Stage[Any]]:
        """The stages that a sample lacks: never made, made otherwise, to be retried, or fed by one of these.

        `has` says whether the sample has a column, be it empty.
        """
        made = facts.get("made", {})
        codes = failed_stages(facts)
        stages: list[Stage[Any]] = []
        fresh: set[str] = set()
        for stage in self.stages:
            fingerprint = wanted[stage.name].fingerprint
            whole = all(made.get(mark) == fingerprint for mark in stage.marks) and all(map(has, stage.columns))
            if not whole or codes.get(stage.name) in self.retry or fresh & set(stage.reads):
                stages.append(stage)
                fresh.update(stage.columns)
        return stages


def failed_stages(facts: Mapping[str, Any]) -> dict[str, str]:
    """Stage -> reason code of the failures in a sample's json."""
    return {str(one.get("stage")): str(one.get("code")) for one in facts.get("failures", ())}


def _column_of(need: Need, container: str, sound: str) -> str:
    """The column that a need is met from."""
    if isinstance(need, (Live, Made)):
        return need.column
    return container if isinstance(need, Frames) else sound


def in_order(stages: Sequence[Stage[Any]]) -> tuple[Stage[Any], ...]:
    """The stages, each behind those that make what it needs; otherwise as given.

    Raises UsageError for a stage that is named twice, StageError for stages that need each other, or make nothing.
    """
    names = [stage.name for stage in stages]
    for stage in stages:
        if not stage.marks:
            raise StageError(f"stage {stage.name} makes nothing: name its columns in `makes`, or its `scores`")
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
