"""One sample taken out of its shard: its members as files, or a contact sheet of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faceshards.media.picture import encode_png
from faceshards.shards.reader import Shard
from faceshards.shards.schema.keys import encode_key
from faceshards.shards.storage.atomic import storage_errors, write_atomic
from faceshards.shards.storage.url import Url
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.lineage.lookup import find_sample
from faceshards.viewer.report.sheet import contact_sheet

#: What our keys are made of; a foreign tar's key of other letters is escaped before it names a file.
_SAFE_KEY = re.compile(r"[A-Za-z0-9_=+~][A-Za-z0-9_=+~-]*")


def take_sample(shards: Sequence[Path | Url], key: str, folder: Path, show: bool) -> dict[str, Any]:
    """Writes a sample's members (and, with `show`, its contact sheet) into `folder`; says what is written.

    Raises UsageError for an unknown key, DamagedShard for a member that differs from its checksum, StorageError when
    the disk refuses.
    """
    path, row = find_sample(shards, key)
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with Shard(path) as shard:
        files = _extract(shard, row, folder)
        if show:
            files.append(folder / file_name(shard.keys[row], "sheet.png"))
            write_atomic(files[-1], encode_png(contact_sheet(ShownSample.of(shard, row))))
        files_written = [str(file) for file in files]
        return {"shard": str(path), "key": shard.keys[row], "facts": shard.json(row), "files": files_written}


def _extract(shard: Shard, row: int, folder: Path) -> list[Path]:
    """Each member that has a value, as `KEY.COLUMN`."""
    files = []
    for column, body in shard.sample(row).items():
        if shard.filled(row, column):
            files.append(folder / file_name(shard.keys[row], column))
            write_atomic(files[-1], body)
    return files


def file_name(key: str, column: str) -> str:
    """`KEY.COLUMN` as the name of a file: in its folder, not hidden, no option, whatever the tar says."""
    safe = key if _SAFE_KEY.fullmatch(key) else encode_key(key)
    return f"{safe}.{re.sub('[^A-Za-z0-9_.-]', '_', column)}"[:250]
