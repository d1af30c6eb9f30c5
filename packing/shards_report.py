"""A run report that knows the shards that its run made, and whether they still stand."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from faceshards.errors import ShardError
from faceshards.jobs.report import Report, ReportError
from faceshards.packing.sources.archive import readable
from faceshards.shards.reader import Shard
from faceshards.shards.storage.url import Place
from faceshards.shards.writer import Written


@dataclass
class ShardsReport(Report):
    """`plan`: what decides the shards' bytes; equal plans, equal shards. `shards`: file name -> generation, samples and
    bytes of the shards of this source in the folder.
    """

    plan: dict[str, Any] = field(default_factory=dict)
    shards: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add_shard(self, written: Written) -> None:
        """Takes note of a finished shard."""
        self.files.append(readable(str(written.path)))
        identity = {"generation": written.generation, "samples": written.samples, "bytes": written.bytes}
        self.shards[written.path.name] = identity

    def stale_shards(self) -> list[str]:
        """File names of shards that stand from an earlier run and that this one did not make again."""
        current = {Path(file).name for file in self.files}
        return [name for name in self.shards if name not in current]

    def is_done(self, plan: dict[str, Any], folder: Place) -> bool:
        """Whether this run did what `plan` asks, and its shards still stand, as it left them or enriched since."""
        whole = self.error is None and self.plan == plan and bool(self.shards)
        return whole and all(self._is_there(folder / name, identity) for name, identity in self.shards.items())

    def _is_there(self, path: Place, identity: dict[str, Any]) -> bool:
        with suppress(ShardError, OSError), Shard(path) as shard:
            return shard.generation == identity["generation"] or self._is_enriched(shard, identity)
        return False

    def _is_enriched(self, shard: Shard, identity: dict[str, Any]) -> bool:
        """Whether a shard may be the one of this identity, enriched: that keeps every row."""
        return len(shard) == identity["samples"]


Made = TypeVar("Made", bound=ShardsReport)


def last_report(kind: type[Made], path: Place, name: str) -> Made | None:
    """The report at `path`, of the last run on the source `name`, or None. Only shards of that name are taken over."""
    try:
        report = kind.load(path)
    except (ReportError, OSError, RecursionError):
        return None
    if not (isinstance(report, kind) and isinstance(report.plan, dict) and isinstance(report.shards, dict)):
        return None
    own = re.compile(re.escape(name) + r"(-[a-z0-9]+)?(-[0-9]{5,})?\.tar")
    report.shards = {file: told for file, told in report.shards.items() if own.fullmatch(file) and _is_told(told)}
    return report


def _is_told(identity: Any) -> bool:
    kinds = {"generation": str, "samples": int, "bytes": int}
    return isinstance(identity, dict) and all(isinstance(identity.get(name), kind) for name, kind in kinds.items())
