"""What a compaction said of itself: the report that lies beside its shards as NAME.compact.json."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from faceshards.errors import ShardError
from faceshards.jobs.report import ReportError, report_path
from faceshards.packing.shards_report import ShardsReport
from faceshards.shards.reader import Shard
from faceshards.shards.storage.url import Place


@dataclass
class CompactReport(ShardsReport):
    """The run report of a compaction: `seen` = `whole` (kept, and copied) + `left_out` (the filter does not choose
    them), always; nothing fails here but the whole.

    `sources`: of each shard that was read its clips, how many are kept, and scalars of the filter that it is `lacking`;
    `begun`: the new one that is being written.
    """

    where: str = ""
    left_out: int = 0
    sources: list[dict[str, Any]] = field(default_factory=list)
    begun: str = ""

    def add_left_out(self, clips: int) -> None:
        """Counts clips that the filter does not choose."""
        self.seen += clips
        self.left_out += clips

    def check(self) -> None:
        """Raises ReportError unless whole + left out = seen."""
        if self.whole + self.left_out != self.seen or self.failures:
            raise ReportError(
                f"{self.source}: {self.whole} kept + {self.left_out} left out clips are not the {self.seen} read: "
                "a clip went uncounted, please report this"
            )


def compact_report_path(folder: Place, name: str) -> Place:
    """Where the report of the compaction of a source of this name lies."""
    return report_path(folder / f"{name}.tar", "compact")


def stands(path: Place, identity: dict[str, Any]) -> bool:
    """Whether a shard is, byte for byte, the one of this identity."""
    with suppress(ShardError, OSError), Shard(path) as shard:
        return shard.generation == identity["generation"]
    return False
