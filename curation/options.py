"""The options of the command as a plan: which stages with which parameters, and where they run."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faceshards.curation.engine.stage import Stage
from faceshards.curation.parameters import configured
from faceshards.curation.plan import StagePlan
from faceshards.curation.table import stage_classes
from faceshards.errors import REASONS, UsageError, WeightsError
from faceshards.jobs.actors import Takes
from faceshards.jobs.memory import machine_memory
from faceshards.models.device import gpu_of, require
from faceshards.terminal import size

# The part of a machine's memory that workers may have.
_SHARE = 0.85


@dataclass(frozen=True)
class Where:
    """Where the work is done: in a child of this process, on the Ray at an address, or on a local Ray of `workers`; all
    workers of a machine may have `memory` bytes together, by default `_SHARE` of what it has.
    """

    inline: bool = False
    ray: str | None = None
    workers: int | None = None
    memory: int | None = None

    def __post_init__(self) -> None:
        if self.inline and (self.ray or self.workers):
            raise UsageError("--inline is one worker beside this process: leave out --ray and --workers")
        if self.workers is not None and self.workers < 1:
            raise UsageError(f"--workers must be at least 1, got {self.workers}")
        if self.memory is not None and self.memory < 1:
            raise UsageError(f"--memory must be at least a byte (16G), got {self.memory}")

    @property
    def actors(self) -> int:
        """Most actors: as asked, else one for each CPU of this machine, or as many as a cluster has."""
        return self.workers or (1 << 20 if self.ray else os.cpu_count() or 1)

    @property
    def share(self) -> int:
        """Bytes of memory that one worker may have."""
        here = 1 if self.inline else min(self.actors, os.cpu_count() or 1)
        return (self.memory or int(_SHARE * machine_memory())) // here


def plan_of(
    names: Sequence[str],
    given: Mapping[str, Mapping[str, Any]],
    *,
    time_limit: float | None,
    retry: frozenset[str],
    limit: int | None,
    commercial: bool = False,
    follow: bool = False,
    device: str = "cpu",
) -> StagePlan:
    """The plan of the named stages, with the parameters that are `given` for them. Raises UsageError for an option that
    makes no sense.
    """
    if not retry <= set(REASONS):
        raise UsageError(f"--retry takes a reason code such as timeout, got {', '.join(sorted(retry - set(REASONS)))}")
    if limit is not None and limit < 1:
        raise UsageError(f"--limit must be at least 1, got {limit}")
    if time_limit is not None and not 0 <= time_limit < math.inf:
        raise UsageError(f"--time-limit must be 0 (no limit) or more seconds, got {time_limit:g}")
    kinds = stage_classes([name.strip() for name in names if name.strip()])
    stages = configured(kinds, given)
    if commercial:
        for stage in stages:
            _refuse_forbidden(stage)
    if gpu_of(device) is not None and not any(stage.runtimes for stage in stages):
        raise UsageError(f"--device {device}: none of {', '.join(names)} runs on a GPU: leave --device out")
    return StagePlan(tuple(stages), time_limit, retry, limit, follow, device=device)


def require_device(plan: StagePlan, where: Where) -> None:
    """Raises StageError where the plan's device is not here, and the work is; what GPUs a cluster has Ray tells.
    UsageError for one GPU among several in Ray, which gives each worker its own.
    """
    if gpu_of(plan.device) and not where.inline:
        raise UsageError(
            f"--device {plan.device}: Ray gives each worker its GPU: add --inline, or say which GPUs it may give, as "
            f"CUDA_VISIBLE_DEVICES={gpu_of(plan.device)} faceshards curate ... --device cuda"
        )
    if where.ray is None:
        require(plan.device, {runtime for stage in plan.stages for runtime in stage.runtimes})


def takes_of(plan: StagePlan, where: Where) -> Takes:
    """What a worker of the plan takes on Ray. It is ended where it takes more memory than its share, or, where nobody
    said --memory, than its stages say, if that is more: so much Ray has given it. Raises UsageError where a worker of
    these stages does not fit into --memory.
    """
    needs, limit = plan.resources, where.share
    if where.memory is None:
        limit = max(limit, needs.memory)
    elif limit < needs.memory:
        raise UsageError(
            f"--memory gives a worker {size(limit)}, and its stages take {size(needs.memory)}: "
            "give more, or use fewer --workers or stages"
        )
    return Takes(needs.cpus, needs.gpus, needs.memory, limit)


def require_weights(plan: StagePlan, where: Where) -> None:
    """Raises WeightsError where a model file of the plan is nowhere: on this machine where the work is, else in what
    FACESHARDS_WEIGHTS names. Of a cluster of which it names nothing, each node looks for itself.
    """
    from faceshards.models.weights.registry import absent, missing, named_place

    shared = named_place() is not None
    if where.ray is not None and not shared:
        return
    names = dict.fromkeys(name for stage in plan.stages for name in stage.weights)
    if lacking := missing(names, everywhere=where.ray is not None):
        others = ", ".join(weights.name for weights in lacking[1:])
        raise WeightsError(absent(lacking[0], where.ray is not None) + (f"; nor are {others}" if others else ""))


def _refuse_forbidden(stage: Stage[Any]) -> None:
    """Raises UsageError where the licence of a stage's models forbids commercial use, or none is known."""
    from faceshards.models.weights.registry import entry

    if stage.brought:
        raise UsageError(
            f"--commercial: stage {stage.name} runs {stage.brought}, whose licence is not known here: leave the stage "
            "out"
        )

    for weights in map(entry, stage.weights):
        if not weights.commercial:
            raise UsageError(
                f"--commercial: stage {stage.name} uses {weights.name}, whose licence does not allow it "
                f"({weights.licence}): leave the stage out"
            )
