"""The options of the command as a plan: which stages with which parameters, and where they run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from faceshards.curation.plan import StagePlan
from faceshards.curation.stage import Stage
from faceshards.curation.table import stage_classes
from faceshards.errors import REASONS, UsageError


@dataclass(frozen=True)
class Where:
    """Where the work is done: in this process, on the Ray at an address, or on a local Ray of `workers` actors."""

    inline: bool = False
    ray: str | None = None
    workers: int | None = None

    def __post_init__(self) -> None:
        if self.inline and (self.ray or self.workers):
            raise UsageError("--inline is one worker in this process: leave out --ray and --workers")
        if self.workers is not None and self.workers < 1:
            raise UsageError(f"--workers must be at least 1, got {self.workers}")

    @property
    def actors(self) -> int:
        """Most actors: as asked, else one for each CPU of this machine, or as many as a cluster has."""
        return self.workers or (1 << 20 if self.ray else os.cpu_count() or 1)


def plan_of(
    names: Sequence[str],
    *,
    min_face: int,
    swap_source: Path | None,
    time_limit: float | None,
    retry: frozenset[str],
    limit: int | None,
    max_bytes: int,
) -> StagePlan:
    """The plan of the named stages. Raises UsageError for an option that makes no sense."""
    if not retry <= set(REASONS):
        raise UsageError(f"--retry takes a reason code such as timeout, got {', '.join(sorted(retry - set(REASONS)))}")
    if limit is not None and limit < 1:
        raise UsageError(f"--limit must be at least 1, got {limit}")
    if time_limit is not None and time_limit < 0:
        raise UsageError(f"--time-limit must be 0 (no limit) or more seconds, got {time_limit:g}")
    classes = stage_classes([name.strip() for name in names if name.strip()])
    if swap_source is not None and "swap" not in (kind.name for kind in classes):
        raise UsageError("--swap-source is for the stage swap: add it to --stages")
    stages = tuple(_configured(kind, min_face, swap_source) for kind in classes)
    return StagePlan(stages, time_limit, retry, limit, max_bytes)


def _configured(kind: type[Stage], min_face: int, swap_source: Path | None) -> Stage:
    from faceshards.curation.faces import Faces
    from faceshards.curation.swap import Swap
    from faceshards.curation.swap_sources import digests_of

    if kind is Faces:
        return Faces(min_face=min_face)
    if kind is Swap and swap_source is not None:
        return Swap(min_face=min_face, folder=str(swap_source.resolve()), digests=digests_of(swap_source))
    return Swap(min_face=min_face) if kind is Swap else kind()
