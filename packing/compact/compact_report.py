"""What a compaction said of itself: the report that lies beside its shards as NAME.compact.json."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faceshards.errors import ShardError
from faceshards.jobs.report import Report, ReportError, report_path
from faceshards.packing.sources.archive import readable
from faceshards.shards.reader import Shard
from faceshards.shards.storage.url import Place
from faceshards.shards.writer import Written


@dataclass
class CompactReport(Report):
    """The run report of a compaction: `seen` = `whole` (kept, and copied) + `left_out` (the filter does not choose
    them), always; nothing fails here but the whole.

    `plan`: what decides the new shards' bytes; equal plans, equal shards. `sources`: of each shard that was read its
    clips, how many are kept, and scalars of the filter that it is `lacking`. `shards`: file name -> generation, samples
    and bytes of the new ones; `begun`: the one that is being written.
    """

    where: str = ""
    plan: dict[str, Any] = field(default_factory=dict)
    left_out: int = 0
    sources: list[dict[str, Any]] = field(default_factory=list)
    shards: dict[str, dict[str, Any]] = field(default_factory=dict)
    begun: str = ""

    def add_left_out(self, clips: int) -> None:
        """Counts clips that the filter does not choose."""
        self.seen += clips
        self.left_out += clips

    def add_shard(self, file: str, identity: dict[str, Any], place: Place) -> None:
        """Takes note of a finished shard."""
        self.files.append(readable(str(place)))
        self.shards[file] = identity

    def check(self) -> None:
        """Raises ReportError unless whole + left out = seen."""
        if self.whole + self.left_out != self.seen or self.failures:
            raise ReportError(
                f"{self.source}: {self.whole} kept + {self.left_out} left out clips are not the {self.seen} read: "
                "a clip went uncounted, please report this"
            )

    def made_here(self, file: str) -> bool:
        """Whether this very run made the shard, not one before it."""
        return any(Path(path).name == file for path in self.files)

    def is_done(self, plan: dict[str, Any], folder: Place) -> bool:
        """Whether this run did what `plan` asks, and its shards still stand, as it left them or enriched since."""
        whole = self.error is None and self.plan == plan and bool(self.shards)
        return whole and all(_enriched(folder / name, identity) for name, identity in self.shards.items())


def identity_of(written: Written) -> dict[str, Any]:
    """What a report keeps of a shard."""
    return {"generation": written.generation, "samples": written.samples, "bytes": written.bytes}


def compact_report_path(folder: Place, name: str) -> Place:
    """Where the report of the compaction of a source of this name lies."""
    return report_path(folder / f"{name}.tar", "compact")


def earlier_report(folder: Place, name: str) -> CompactReport | None:
    """The report of the last compaction under this name, or None. Only shards of that name are taken from it."""
    try:
        report = CompactReport.load(compact_report_path(folder, name))
    except (ReportError, OSError, RecursionError):
        return None
    if not (isinstance(report, CompactReport) and isinstance(report.plan, dict) and isinstance(report.shards, dict)):
        return None
    own = re.compile(re.escape(name) + r"(-[a-z0-9]+)?(-[0-9]{5,})?\.tar")
    report.shards = {file: told for file, told in report.shards.items() if own.fullmatch(file) and _is_told(told)}
    return report


def stands(path: Place, identity: dict[str, Any]) -> bool:
    """Whether a shard is, byte for byte, the one of this identity."""
    with suppress(ShardError, OSError), Shard(path) as shard:
        return shard.generation == identity["generation"]
    return False


def _enriched(path: Place, identity: dict[str, Any]) -> bool:
    with suppress(ShardError, OSError), Shard(path) as shard:
        return shard.generation == identity["generation"] or len(shard) == identity["samples"]
    return False


def _is_told(identity: Any) -> bool:
    kinds = {"generation": str, "samples": int, "bytes": int}
    return isinstance(identity, dict) and all(isinstance(identity.get(name), kind) for name, kind in kinds.items())
