"""Old MegActor tars become shards with packet tables and facts, and shards become old tars again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from faceshards.errors import ClipError, FaceshardsError, UsageError
from faceshards.jobs.bugs import no_bugs
from faceshards.jobs.report import Report, report_path
from faceshards.media.probe import probe
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.media.video.decode import frames
from faceshards.packing.sources.archive import readable
from faceshards.shards.legacy import Conversion, export_shard, import_shard
from faceshards.shards.storage.atomic import storage_errors
from faceshards.shards.storage.lease import Lease, lease

IMPORT, EXPORT = "import", "export"


@dataclass
class LegacyReport(Report):
    """The run report of an import or export.

    `kind`: v1 or sigma. `rejected`: name, code and reason of each sample that is not whole, and whether it was kept
    with empty columns. `left_out`: fields or columns without a place on the other side. `absent`: fields that the old
    trainer asks for and the exported tar lacks.
    """

    kind: str = ""
    rejected: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


def import_tar(old: Path, folder: Path, kind: str, labels: Mapping[str, str], force: bool = False) -> LegacyReport:
    """Writes the shard of an old tar into a folder, under its name, and NAME.import.json beside it.

    Every clip is decoded once, to see that it does. Raises UsageError where a file of the name is there (unless
    `force`), ShardError where no sample can be kept, StorageError, also where another process writes it.
    """
    with _leased(old, folder, force) as (new, held):
        report = _report(IMPORT, old, import_shard(old, new, kind, describe=_describe, labels=labels, held=held))
        report.save(report_path(new, IMPORT))
    return report


def export_tar(shard: Path, folder: Path, kind: str, force: bool = False) -> LegacyReport:
    """Writes the old tar of a shard into a folder, under its name, and NAME.export.json beside it.

    Raises UsageError where a file of the name is there (unless `force`), ColumnError where the clips are no mp4,
    ShardError, StorageError.
    """
    with _leased(shard, folder, force) as (old, held):
        report = _report(EXPORT, shard, export_shard(shard, old, kind, held))
        report.save(report_path(old, EXPORT))
    return report


def _describe(body: bytes) -> tuple[dict[str, Any], np.ndarray, dict[str, Any]]:
    """Scalars, packet table as it is kept, and what `json.media` says, of a clip all of whose frames decode. Raises
    ClipError.
    """
    try:
        with no_bugs("a clip"):
            metadata = probe(body)
            for _ in frames(body):
                pass
            table, media = packet_table(body)
    except FaceshardsError:
        raise
    except Exception as error:  # no clip ends a run, whatever a codec makes of it
        raise ClipError("stage-failed", f"{type(error).__name__}: {error}") from error
    return metadata.scalars(), narrow(table), media


@contextmanager
def _leased(source: Path, folder: Path, force: bool) -> Iterator[tuple[Path, Lease]]:
    """The path of the new tar, which may be written, and its lease."""
    if not source.is_file():
        raise UsageError(f"{source}: no such file: name a tar")
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    path = folder / source.name
    with lease(path) as held:
        if path.exists() and (path.samefile(source) or not force):
            rule = "is the source itself" if path.samefile(source) else "is there already: --force replaces it"
            raise UsageError(f"{path} {rule}: name another folder with --out")
        yield path, held


def _report(command: str, source: Path, outcome: Conversion) -> LegacyReport:
    report = LegacyReport(command, readable(str(source)), kind=outcome.kind, files=[readable(str(outcome.path))])
    report.add_whole(outcome.whole)
    for one in outcome.failed:
        report.add_failed(command, one.code)
        report.rejected.append(
            {"name": readable(one.key), "code": one.code, "reason": readable(one.reason), "kept": one.kept}
        )
    report.left_out, report.absent = list(outcome.left_out), list(outcome.absent)
    report.close()
    return report
