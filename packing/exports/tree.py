"""A folder tree written from shards, file by file, each whole or not there at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from faceshards.errors import ClipError, ColumnError, DamagedShard, UsageError
from faceshards.jobs.progress import Advance
from faceshards.jobs.report import Report
from faceshards.packing.exports.layout import Layout
from faceshards.packing.sources.archive import clean_name, readable
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.storage.atomic import write_atomic
from faceshards.shards.storage.url import Place

#: Samples that a report names, beside the first of each reason.
_MOST_LISTED = 1000


@dataclass
class ExportReport(Report):
    """The run report of an export. `kind`: whose layout. `rejected`: name, code and reason of the samples that have no
    place in the tree. Counts: files `written`, `standing` with these bytes already, and `left out`: those that packing
    refused; rows that were `removed` on request, which are no samples.
    """

    kind: str = ""
    rejected: list[dict[str, str]] = field(default_factory=list)


def export_tree(
    shards: Sequence[Place],
    folder: Path,
    layout: Layout,
    report: ExportReport,
    *,
    force: bool = False,
    keeps: bool = False,
    advance: Advance = lambda done, total: None,
) -> None:
    """Writes the files of all samples below a folder, made where it is missing, and counts them in the report.

    A file that stands there with these bytes (`keeps`: with any) is left as it is, so the same command goes on where it
    was ended. A sample
    whose files cannot be told is counted with its reason, and the rest goes on. Raises UsageError for a file of other
    bytes (unless `force`) and for two samples that claim one path, StorageError, ShardError.
    """
    written: dict[str, str] = {}
    for shard_number, path in enumerate(shards):
        advance(shard_number, len(shards))
        with closing(Shard(path)) as shard:
            stand = standing(shard.index)
            if not stand.all():
                report.add_count("removed", int((~stand).sum()))
            for row in np.flatnonzero(stand).tolist():
                _sample(shard, row, folder, layout, report, written, force, keeps)
    for name, body in layout.closing():
        _write(folder, name, body, report, force)
    advance(len(shards), len(shards))


def _sample(
    shard: Shard,
    row: int,
    folder: Path,
    layout: Layout,
    report: ExportReport,
    written: dict[str, str],
    force: bool,
    keeps: bool,
) -> None:
    key = f"{shard.path.name}: {shard.keys[row]}"
    try:
        files = list(_safe(layout.files(shard, row)))
    except (ClipError, ColumnError, DamagedShard) as error:
        code = error.code if isinstance(error, ClipError) else "bad-column"
        is_first = code not in report.failed.get("export", {})
        report.add_failed("export", code)
        if len(report.rejected) < _MOST_LISTED or is_first:
            report.rejected.append({"name": readable(key), "code": code, "reason": readable(str(error))})
        return
    for name, body in files:
        other = written.setdefault(name, key)
        if other != key:
            raise UsageError(f"{name}: {key} and {other} both make this file: export one of them, to another folder")
        if body is None:
            report.add_count("left out", 1)
        else:
            _write(folder, name, body, report, force, keeps)
    report.add_whole()


def _safe(files: Iterable[tuple[str, bytes | None]]) -> Iterator[tuple[str, bytes | None]]:
    """The files, each of which stays below the folder. Raises ClipError."""
    for name, body in files:
        cleaned, fault = clean_name(name)
        if fault or not cleaned:
            raise fault.error() if fault else ClipError("unsafe-path", "a file has no name: pack the sample again")
        yield cleaned, body


def _write(folder: Path, name: str, body: bytes, report: ExportReport, force: bool, keeps: bool = False) -> None:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{path}: a link leads out of {folder}: name another folder")
    if path.is_file():
        if (keeps and not force) or (path.stat().st_size == len(body) and path.read_bytes() == body):
            report.add_count("standing", 1)
            return
        if not force:
            raise UsageError(f"{path} is there with other bytes: name another folder, or replace it with --force")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, body, durable=False)
    report.add_count("written", 1)
