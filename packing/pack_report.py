"""What a run of packing said of itself: the report that lies beside its shards as NAME.pack.json."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from faceshards.jobs.report import report_path
from faceshards.packing.shards_report import ShardsReport
from faceshards.packing.sources.archive import Archive, readable
from faceshards.packing.sources.clip_list import ClipList, RawClip
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode_json
from faceshards.shards.storage.url import Place
from faceshards.shards.writer import MemberBody

#: Clips that were turned away and are named: an archive may hold millions, and each save writes them all.
MOST_LISTED = 1000
#: Names that a remark gives.
MOST_REMARKED = 20
# Letters of a clip's name in a report: an archive's may have a million.
_LONGEST_NAME = 1000


@dataclass
class PackReport(ShardsReport):
    """The run report of packing one source.

    `kind`: zip, tar or folder. `plan` holds the source's identity and the options. `rejected`: name, code and reason of
    the clips that were turned away, the first `MOST_LISTED` and the first of each code; `unlisted`: how many more there
    were, all counted in `failed`. `ignored`: kind -> entries that are no clips. `remarks`: what
    else there is to say -> how often (`count`), and the first names (`names`).
    """

    kind: str = ""
    rejected: list[dict[str, str]] = field(default_factory=list)
    unlisted: int = 0
    ignored: dict[str, int] = field(default_factory=dict)
    remarks: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add_listed(self, listed: ClipList) -> None:
        """Takes note of what a listing says beside its clips."""
        self.ignored = listed.ignored
        for what, names in listed.remarks.items():
            self.add_remark(what, names)

    def add_remark(self, what: str, names: Sequence[str]) -> None:
        """Says something of the source, and of which names in it; said again, the names add up."""
        told = self.remarks.setdefault(what, {"count": 0, "names": []})
        told["count"] += len(names)
        told["names"] += [_brief(readable(name)) for name in names[: MOST_REMARKED - len(told["names"])]]

    def add_partial(self, name: str, body: MemberBody) -> None:
        """Says of a clip that is packed what of it could not be made, as its json tells; of a json that is copied
        unread, nothing.
        """
        facts = decode_json(body) if isinstance(body, bytes) else None
        failures = facts.get("failures") if isinstance(facts, dict) else None
        for one in failures or ():
            if isinstance(one, dict) and "code" in one:
                self.add_remark(f"packed in part: {one['code']}", [name])

    def add_rejected(self, name: str, code: str, reason: str) -> None:
        """Counts a clip that is turned away, and keeps why, while there is room for more."""
        is_first = code not in self.failed.get("pack", {})
        self.add_failed("pack", code)
        if len(self.rejected) < MOST_LISTED or is_first:
            self.rejected.append({"name": _brief(readable(name)), "code": code, "reason": readable(reason)})
        else:
            self.unlisted += 1

    def _is_enriched(self, shard: Shard, identity: dict[str, Any]) -> bool:
        """It keeps every row, and what packing made."""
        return super()._is_enriched(shard, identity) and any(made.stage == "pack" for made in shard.provenance.values())


def _brief(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 100]}...{name[-97:]}"


def pack_report_path(folder: Place, name: str) -> Place:
    """Where the report of a source of this name lies."""
    return report_path(folder / f"{name}.tar", "pack")


def source_identity(archive: Archive, clips: Iterable[RawClip]) -> dict[str, Any]:
    """What tells the same source from a changed one: path, size and time of its file, and a digest of its listing."""
    digest = hashlib.blake2b(digest_size=16)
    for clip in clips:
        for entry in clip.entries:
            digest.update(repr((entry.name, entry.size, entry.place)).encode())
    return {**archive.identity(), "listing": digest.hexdigest()}
