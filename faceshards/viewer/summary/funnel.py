"""The funnel: how many clips entered each step, how many left it, and why the others did not.

    seen = packed + rejected        packed = whole + failed
    for every step:                 entered = left + lost          entered = met + passed          met = kept + lost

A clip leaves at the first step that fails on it. One that a stage never worked on (it was not run on that shard) passes
by it. The counts of the stages come from the shards; what `pack` turned away is in no shard and comes from its run
reports.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from faceshards.viewer.summary.runs import RecordedRun
from faceshards.viewer.summary.summary import ShardSummary

#: The name of the step before all stages.
PACK = "packed"


@dataclass(frozen=True)
class Loss:
    """Clips that left a step for one reason."""

    code: str
    clips: int


@dataclass(frozen=True)
class FunnelStep:
    """One step of the funnel; `commands` are the lines that ran it, `passed` the clips that it never met."""

    name: str
    entered: int
    losses: tuple[Loss, ...]
    commands: tuple[str, ...] = ()
    passed: int = 0

    @property
    def met(self) -> int:
        """Clips that this step worked on."""
        return self.entered - self.passed

    @property
    def kept(self) -> int:
        """Clips that it worked on with success."""
        return self.met - self.lost

    @property
    def lost(self) -> int:
        """Clips that did not get past this step."""
        return sum(loss.clips for loss in self.losses)

    @property
    def left(self) -> int:
        """Clips that got past this step."""
        return self.entered - self.lost


@dataclass(frozen=True)
class Funnel:
    """All steps, the first of them `pack`; each step's `entered` is what the step before left."""

    steps: tuple[FunnelStep, ...]

    @classmethod
    def of(
        cls, summary: ShardSummary, packs: Sequence[RecordedRun] = (), commands: Sequence[tuple[str, str]] = ()
    ) -> Funnel:
        """The funnel of the shards that `summary` speaks of and of the clips that `packs` turned away.

        `commands` are (name, line): those named `pack` stand at the first step, `curate` at the first stage.
        """
        rejected: Counter[str] = Counter()
        for run in packs:
            rejected.update(run.failed)
        lines = {kind: tuple(line for name, line in commands if name == kind) for kind in ("pack", "curate")}
        steps = [
            FunnelStep(PACK, summary.samples - summary.removed + rejected.total(), _losses(rejected), lines["pack"])
        ]
        failed: dict[str, Counter[str]] = {stage: Counter() for stage in summary.stages}
        for failure in summary.failures:
            failed.setdefault(failure.stage, Counter())[failure.code] += 1
        here = Counter(summary.meetings)
        for place, (stage, codes) in enumerate(failed.items()):
            passed = sum(clips for (met, _), clips in here.items() if stage not in met)
            here = Counter({meeting: clips for meeting, clips in here.items() if meeting[1] != stage})
            ran = lines["curate"] if not place else ()
            steps.append(FunnelStep(stage, steps[-1].left, _losses(codes), ran, passed))
        return cls(tuple(steps))

    @property
    def seen(self) -> int:
        """Clips in."""
        return self.steps[0].entered

    @property
    def packed(self) -> int:
        """Clips in the shards."""
        return self.steps[0].left

    @property
    def rejected(self) -> int:
        """Clips that `pack` turned away."""
        return self.steps[0].lost

    @property
    def whole(self) -> int:
        """Clips on which nothing failed."""
        return self.steps[-1].left

    @property
    def failed(self) -> int:
        """Clips in the shards on which a stage failed."""
        return self.packed - self.whole


def _losses(codes: Counter[str]) -> tuple[Loss, ...]:
    return tuple(Loss(code, clips) for code, clips in codes.most_common() if clips > 0)
