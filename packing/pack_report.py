"""What a run of packing said of itself: the report that lies beside its shards as NAME.pack.json."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faceshards.errors import ShardError
from faceshards.jobs.report import Report, ReportError, report_path
from faceshards.packing.sources.archive import Archive, readable
from faceshards.packing.sources.clip_list import RawClip
from faceshards.shards.reader import Shard
from faceshards.shards.storage.url import Place
from faceshards.shards.writer import Written

#: Clips that were turned away and are named: an archive may hold millions, and each save writes them all.
MOST_LISTED = 1000
# Letters of a clip's name in a report: an archive's may have a million.
_LONGEST_NAME = 1000


@dataclass
class PackReport(Report):
    """The run report of packing one source.

    `kind`: zip, tar or folder. `plan`: what decides the shards' bytes, the source's identity and the options; equal
    plans, equal shards. `rejected`: name, code and reason of the clips that were turned away, the first `MOST_LISTED`
    and the first of each code; `unlisted`: how many more there were, all counted in `failed`. `ignored`: kind ->
    entries that are no clips. `shards`: file name -> generation, samples and bytes of the shards of this source in the
    folder.
    """

    kind: str = ""
    plan: dict[str, Any] = field(default_factory=dict)
    rejected: list[dict[str, str]] = field(default_factory=list)
    unlisted: int = 0
    ignored: dict[str, int] = field(default_factory=dict)
    shards: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add_rejected(self, name: str, code: str, reason: str) -> None:
        """Counts a clip that is turned away, and keeps why, while there is room for more."""
        is_first = code not in self.failed.get("pack", {})
        self.add_failed("pack", code)
        if len(self.rejected) < MOST_LISTED or is_first:
            self.rejected.append({"name": _brief(readable(name)), "code": code, "reason": readable(reason)})
        else:
            self.unlisted += 1

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
        return whole and all(_stands(folder / name, identity) for name, identity in self.shards.items())


def _brief(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 100]}...{name[-97:]}"


def pack_report_path(folder: Place, name: str) -> Place:
    """Where the report of a source of this name lies."""
    return report_path(folder / f"{name}.tar", "pack")


def earlier_report(folder: Place, name: str) -> PackReport | None:
    """The report of the last run on a source of this name, or None. Only shards of that name are taken from it."""
    try:
        report = PackReport.load(pack_report_path(folder, name))
    except (ReportError, OSError, RecursionError):
        return None
    if not (isinstance(report, PackReport) and isinstance(report.plan, dict) and isinstance(report.shards, dict)):
        return None
    own = re.compile(re.escape(name) + r"(-[a-z0-9]+)?(-[0-9]{5,})?\.tar")
    report.shards = {file: identity for file, identity in report.shards.items() if own.fullmatch(file) and identity}
    return report


def source_identity(archive: Archive, clips: Iterable[RawClip]) -> dict[str, Any]:
    """What tells the same source from a changed one: path, size and time of its file, and a digest of its listing."""
    digest = hashlib.blake2b(digest_size=16)
    for clip in clips:
        for entry in clip.entries:
            digest.update(repr((entry.name, entry.size, entry.place)).encode())
    return {**archive.identity(), "listing": digest.hexdigest()}


def _stands(path: Place, identity: dict[str, Any]) -> bool:
    """Whether a shard is the one of this identity, or its enrichment: that keeps every row, and what packing made."""
    with suppress(ShardError, OSError), Shard(path) as shard:
        if shard.generation == identity.get("generation"):
            return True
        return len(shard) == identity.get("samples") and any(made.stage == "pack" for made in shard.provenance.values())
    return False
