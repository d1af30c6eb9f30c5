"""Old MegActor tars become shards with packet tables and facts, and shards become old tars again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from faceshards.errors import ClipError, FaceshardsError
from faceshards.jobs.bugs import no_bugs
from faceshards.jobs.report import report_path
from faceshards.jobs.small_file import etag_of, exists
from faceshards.media.probe import probe
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.media.video.decode import frames
from faceshards.packing.replacing import refuse_removed
from faceshards.packing.shards_report import ShardsReport, last_report
from faceshards.packing.sources.archive import readable
from faceshards.packing.target import file_identity, leased_target
from faceshards.shards.legacy import Conversion, export_shard, import_shard
from faceshards.shards.legacy.importing import VERSION
from faceshards.shards.reader import Shard
from faceshards.shards.storage.url import Place

IMPORT, EXPORT = "import", "export"


@dataclass
class LegacyReport(ShardsReport):
    """The run report of an import or export.

    `plan`: the source's identity and the options; `shards`: the shard that an import made. `kind`: v1 or sigma.
    `rejected`: name, code and reason of each sample that is not whole, and whether it was kept with empty columns.
    `left_out`: fields or columns without a place on the other side. `absent`: fields that the old trainer asks for and
    the exported tar lacks.
    """

    kind: str = ""
    rejected: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


def import_tar(
    old: Path,
    folder: Place,
    kind: str,
    labels: Mapping[str, str],
    force: bool = False,
    check: Callable[[], None] = lambda: None,
) -> LegacyReport:
    """Writes the shard of an old tar into a folder or below a URL, under its name, and NAME.import.json beside it.

    Every clip is decoded once, to see that it does; `check` is called before each and ends the import by raising.
    Raises UsageError where a file of the name is there (unless `force`, and with it where samples of that one were
    removed on request), ShardError where no sample can be kept, StorageError, also where another process writes it.
    """

    def describe(body: bytes) -> tuple[dict[str, Any], np.ndarray, dict[str, Any]]:
        check()
        return _describe(body)

    with leased_target(old, folder, force) as (new, held):
        if exists(new):
            refuse_removed(new)
        plan = _import_plan(old, kind, labels)
        made = import_shard(old, new, kind, describe=describe, labels=labels, held=held, etag=etag_of(new))
        report = _report(IMPORT, old, made, plan)
        with Shard(new) as shard:
            identity = {"generation": shard.generation, "samples": len(shard), "bytes": shard.nbytes}
        report.shards = {new.name: identity}
        report.save(report_path(new, IMPORT))
    return report


def imported_before(old: Path, folder: Place, kind: str, labels: Mapping[str, str]) -> LegacyReport | None:
    """The report of the import that made the shard of this tar with these options, where the shard still stands, be it
    enriched since; else None.
    """
    earlier = last_report(LegacyReport, report_path(folder / old.name, IMPORT), old.stem)
    done = earlier is not None and old.is_file() and earlier.is_done(_import_plan(old, kind, labels), folder)
    return earlier if done else None


def export_tar(shard: Place, folder: Path, kind: str, force: bool = False) -> LegacyReport:
    """Writes the old tar of a shard into a folder, under its name, and NAME.export.json beside it.

    Raises UsageError where a file of the name is there (unless `force`), ColumnError where the clips are no mp4,
    ShardError, StorageError.
    """
    with leased_target(shard, folder, force) as (old, held):
        plan = _export_plan(shard, kind)
        report = _report(EXPORT, shard, export_shard(shard, old, kind, held), plan)
        report.plan["tar"] = file_identity(old)
        report.save(report_path(old, EXPORT))
    return report


def exported_before(shard: Place, folder: Path, kind: str) -> LegacyReport | None:
    """The report of the export that made the tar of this generation of a shard, where it still stands; else None."""
    tar = folder / shard.name
    earlier = last_report(LegacyReport, report_path(tar, EXPORT), shard.stem)
    if earlier is None or not tar.is_file():
        return None
    return earlier if earlier.plan == {**_export_plan(shard, kind), "tar": file_identity(tar)} else None


def _import_plan(old: Path, kind: str, labels: Mapping[str, str]) -> dict[str, Any]:
    return {"source": file_identity(old), "kind": kind, "labels": dict(labels), "version": VERSION}


def _export_plan(shard: Place, kind: str) -> dict[str, Any]:
    with Shard(shard) as opened:
        return {"kind": kind, "generation": opened.generation}


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


def _report(command: str, source: Place, outcome: Conversion, plan: dict[str, Any]) -> LegacyReport:
    files = [readable(str(outcome.path))]
    report = LegacyReport(command, readable(str(source)), kind=outcome.kind, files=files, plan=plan)
    report.add_whole(outcome.whole)
    for one in outcome.failed:
        report.add_failed(command, one.code)
        report.rejected.append(
            {"name": readable(one.key), "code": one.code, "reason": readable(one.reason), "kept": one.kept}
        )
    report.left_out, report.absent = list(outcome.left_out), list(outcome.absent)
    report.close()
    return report
