"""From a shard to the webdataset tar that it was packed from."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from faceshards.errors import ClipError, ColumnError, DamagedShard
from faceshards.jobs.report import Report, ReportError, report_path
from faceshards.packing.kinds.webdataset.facts import SHAPE
from faceshards.packing.kinds.webdataset.fields import column_of
from faceshards.packing.sources.archive import clean_name, readable
from faceshards.packing.target import file_identity, leased_target
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.storage.atomic import AtomicFile
from faceshards.shards.storage.url import Place

_COMMAND = "export"


@dataclass
class TarReport(Report):
    """The run report of a tar that was made of a shard. `plan`: the shard's generation and the tar's file. `rejected`:
    name, code and reason of samples that are not in it.
    """

    plan: dict[str, Any] = field(default_factory=dict)
    rejected: list[dict[str, str]] = field(default_factory=list)


def export_tar(shard: Place, folder: Path, force: bool = False, check: Callable[[], None] = lambda: None) -> TarReport:
    """Writes the tar of a shard into a folder, under its name, and NAME.export.json beside it; `check` is called before
    each sample. Members have the mode 0444, no owner and no time.

    A sample that was not packed from such a tar is counted and left out, one that was removed on request, too. Raises
    UsageError where a file of the name is there (unless `force`), ShardError, StorageError.
    """
    with leased_target(shard, folder, force) as (path, held), Shard(shard) as opened:
        report = TarReport(_COMMAND, readable(str(shard)), files=[readable(str(path))])
        with AtomicFile(path) as file:
            with file.errors(), os.fdopen(os.dup(file.fd), "wb") as out, tarfile.open(fileobj=out, mode="w") as tar:
                stand = standing(opened.index)
                if not stand.all():
                    report.add_count("removed", int((~stand).sum()))
                for row in np.flatnonzero(stand).tolist():
                    check()
                    _add(tar, opened, row, report)
            if not report.whole and report.seen:
                return report.close(f"{shard}: none of its {report.seen} samples was packed from a webdataset tar")
            file.commit(held.check)
        report.plan = {"generation": opened.generation, "tar": file_identity(path)}
        report.close().save(report_path(path, _COMMAND))
    return report


def exported_before(shard: Place, folder: Path) -> TarReport | None:
    """The report of the export that made the tar of this generation of a shard, where it still stands; else None."""
    path = folder / shard.name
    try:
        earlier = TarReport.load(report_path(path, _COMMAND))
    except (ReportError, OSError):
        return None
    if not isinstance(earlier, TarReport) or not path.is_file():
        return None
    with Shard(shard) as opened:
        plan = {"generation": opened.generation, "tar": file_identity(path)}
    return earlier if earlier.plan == plan else None


def _add(tar: tarfile.TarFile, shard: Shard, row: int, report: TarReport) -> None:
    try:
        members = list(_members(shard, row))
    except (ClipError, ColumnError, DamagedShard) as error:
        code = error.code if isinstance(error, ClipError) else "bad-column"
        report.add_failed(_COMMAND, code)
        report.rejected.append({"name": shard.keys[row], "code": code, "reason": readable(str(error))})
        return
    for name, body in members:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(body), 0o444
        tar.addfile(info, io.BytesIO(body))
    report.add_whole()


def _members(shard: Shard, row: int) -> Iterator[tuple[str, bytes]]:
    """Names and bodies as they came in, in their order. Raises ClipError for a sample that did not come so, or of which
    a field was dropped or made anew since.
    """
    facts = shard.json(row)
    shape = facts.get(SHAPE)
    fields = shape.get("fields") if isinstance(shape, dict) else None
    if not isinstance(fields, list) or not all(isinstance(name, str) for name in fields):
        rule = "its json has no `webdataset`: the shard itself is a tar that webdataset reads"
        raise ClipError("bad-column", f"was not packed from a webdataset tar: {rule}")
    key = _key(shape, facts)
    for name in fields:
        column = column_of(name)
        if not _is_packed(shard, facts, column):
            raise ClipError("bad-column", f"its {column} is not what was packed any more: pack the tar again")
        yield f"{key}.{name}", shard.read(row, column) if shard.filled(row, column) else b""


def _is_packed(shard: Shard, facts: dict[str, Any], column: str) -> bool:
    """Whether a member is still the field of the tar: an empty field has no value, a dropped one has none either."""
    made = facts.get("made")
    recipe = shard.provenance.get(str(made.get(column))) if isinstance(made, dict) else None
    return recipe is not None and recipe.params.get("from") == "webdataset"


def _key(shape: Any, facts: dict[str, Any]) -> str:
    try:
        given = shape.get("key_hex")
        key = str(facts["name"]) if given is None else bytes.fromhex(given).decode("utf-8", "surrogateescape")
    except (KeyError, TypeError, ValueError) as error:
        raise ClipError("bad-column", f"its json does not tell its key in the tar ({error!r})") from error
    _, fault = clean_name(key)
    if fault:
        raise fault.error()
    return key
