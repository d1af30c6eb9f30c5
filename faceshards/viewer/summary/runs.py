"""What runs said of themselves: the reports that `pack` and `curate` leave beside their shards.

A report is a JSON object: `seen`, `whole`, `failed` {stage: {code: clips}}, `seconds` {stage: seconds}, `worked`
{stage: clips that it worked on}, `files` [path]; that of `pack` also `rejected` [{"name", "code", "reason"}]. Reports
are untrusted, like all data: what is not of this form is left out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceshards.dataset.manifest.runs import report_places
from faceshards.errors import FaceshardsError
from faceshards.jobs.report import report_path
from faceshards.jobs.small_file import read_small
from faceshards.shards.storage.files import size_of
from faceshards.shards.storage.url import Place, Url
from faceshards.viewer.summary.failures import brief
from faceshards.viewer.summary.histogram import number

#: A report beyond this is no report: it names each rejected clip once.
MAX_BYTES = 64_000_000


@dataclass(frozen=True)
class Rejected:
    """A clip that `pack` turned away."""

    name: str
    code: str
    reason: str


@dataclass(frozen=True)
class RecordedRun:
    """One run of a command over one source or shard; `files` are the names of what it made, without their folders."""

    path: Place
    seen: int
    whole: int
    failed: Counter[str]  # code -> clips
    rejected: tuple[Rejected, ...]
    seconds: dict[str, float]
    worked: dict[str, int]  # stage -> clips that it worked on
    files: frozenset[str]

    @classmethod
    def read(cls, path: Place) -> RecordedRun | None:
        """The report in a file or an object; None where there is no report of this form."""
        try:
            record = json.loads(read_small(path) or b"null") if size_of(path) <= MAX_BYTES else None
        except (FaceshardsError, OSError, ValueError, RecursionError):
            return None
        if not isinstance(record, dict):
            return None
        codes: Counter[str] = Counter()
        for stage in _object(record.get("failed")).values():
            codes.update({code: _count(clips) for code, clips in _object(stage).items() if _count(clips)})
        seconds = {stage: number(value) for stage, value in _object(record.get("seconds")).items()}
        rejected = [one for one in _items(record.get("rejected")) if isinstance(one, dict)]
        return cls(
            path,
            _count(record.get("seen")),
            _count(record.get("whole")),
            codes,
            tuple(Rejected(*(brief(one.get(name, "")) for name in ("name", "code", "reason"))) for one in rejected),
            {stage: value for stage, value in seconds.items() if value is not None and value >= 0},
            {stage: _count(clips) for stage, clips in _object(record.get("worked")).items() if _count(clips)},
            frozenset(Path(file).name for file in _items(record.get("files")) if isinstance(file, str)),
        )


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def pack_runs(shards: Sequence[Place], folders: Iterable[Path]) -> list[RecordedRun]:
    """Reports of the runs that packed these shards, and, in `folders`, of those that turned every clip away."""
    names = {shard.name for shard in shards}
    barren = {path for folder in folders for path in folder.rglob("*.pack.json")}
    found = {*_reports_beside(shards), *barren}
    runs = (RecordedRun.read(path) for path in sorted(found, key=str))
    return [run for run in runs if run and (run.files & names or (run.path in barren and not run.whole))]


def _reports_beside(shards: Sequence[Place]) -> Iterator[Place]:
    """Those of packings: on a disk all of a folder, in a store those that the shards' own names lead to."""
    for folder in dict.fromkeys(shard.parent for shard in shards if not isinstance(shard, Url)):
        yield from folder.glob("*.pack.json")
    for shard in shards:
        if isinstance(shard, Url):
            yield from report_places(shard, ["pack"])


def curate_runs(shards: Iterable[Place]) -> list[RecordedRun]:
    """The reports of the runs that enriched these shards."""
    runs = (RecordedRun.read(report_path(shard, "curate")) for shard in shards)
    return [run for run in runs if run]
