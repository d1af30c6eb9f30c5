"""What is known to be done: a shard's report says of which generation it is, and which plan finds nothing lacking.

A shard on which there is nothing to do is then seen by its front record and its report, two small reads, wherever it
lies; its index and its samples are not looked at.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import closing, suppress
from typing import Any

from faceshards.curation.plan import StagePlan
from faceshards.errors import ShardError, StorageError
from faceshards.jobs.report import Report, ReportError, report_path
from faceshards.shards.index.index import front_of
from faceshards.shards.storage.files import open_file
from faceshards.shards.storage.url import Place

# What a report repeats of the one before.
_REPEATED = ("seen", "whole", "failed", "stale")


def mark_of(plan: StagePlan) -> str:
    """What stands for a plan: its recipes (stages, versions, parameters, models) in their order, and which clips and
    stages it is about.
    """
    said = [[recipe.fingerprint for recipe in plan.recipes.values()], plan.limit, plan.follow]
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()


def settled_by(plan: StagePlan, generation: str) -> dict[str, str]:
    """What a report says of a shard that lacks nothing of a plan; nothing where failures are tried again each time."""
    return {} if plan.retry else {"generation": generation, "plan": mark_of(plan)}


def settled(shard: Place, plan: StagePlan, command: str) -> Report | None:
    """The report of a run on a shard that is known to lack nothing of a plan; None where that is not known. Raises
    ShardError and StorageError for a shard that cannot be opened.
    """
    if plan.retry:
        return None
    with suppress(ReportError, StorageError, OSError):
        before = Report.load(report_path(shard, command))
        if before.settled.get("plan") == mark_of(plan) and _generation(shard) == before.settled.get("generation"):
            repeated: dict[str, Any] = {name: getattr(before, name) for name in _REPEATED}
            if removed := before.counts.get("removed"):
                repeated["counts"] = {"removed": removed}
            return Report(command, str(shard), settled=before.settled, **repeated).close()
    return None


def _generation(shard: Place) -> str | None:
    with suppress(ShardError), closing(open_file(shard)) as file:
        front = front_of(file)
        return front.generation if front else None
    return None
