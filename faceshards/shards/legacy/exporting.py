"""From a shard to a tar for MegActor's own trainers, v1 or Sigma: the fields, types and pickles that they read."""

from __future__ import annotations

import io
import os
import tarfile
from contextlib import nullcontext
from pathlib import Path

from faceshards.errors import ColumnError, UnsafeData, UsageError
from faceshards.shards.legacy.conversion import Conversion, Failed
from faceshards.shards.legacy.field_maps import FIELD_MAPS, MEDIA, NEEDED, SIGMA, V1
from faceshards.shards.reader import Shard
from faceshards.shards.schema.removed import is_removed
from faceshards.shards.schema.states import DONE
from faceshards.shards.storage.atomic import AtomicFile
from faceshards.shards.storage.lease import Lease, lease
from faceshards.shards.storage.url import Place, place


def export_shard(new: str | Place, old: str | Path, kind: str, held: Lease | None = None) -> Conversion:
    """Writes the old tar `old` from the shard `new`. `kind` is `v1` or `sigma`.

    webdataset and `pickle.load` in the old trainer read values equal to those that its own scripts would have written;
    keys are the shard's. A sample with an empty column is left out and counted. `left_out` are columns that the kind
    has no field for, `absent` fields that its trainer asks for and the shard cannot give.

    The lease of `old` is taken, unless the caller has it: `held`. Raises UsageError for an unknown kind or one name for
    both tars, ColumnError where the clips are no mp4, StorageError when the disk refuses or another writes `old`,
    DamagedShard for a member that differs from its checksum.
    """
    new, old = place(new), Path(old)
    if kind not in (V1, SIGMA):
        raise UsageError(f"kind must be {V1} or {SIGMA}, got {kind!r}")
    if isinstance(new, Path) and old.exists() and new.exists() and old.samefile(new):
        raise UsageError(f"{old}: the old tar needs another name than the shard's")
    with nullcontext(held) if held else lease(old) as mine, Shard(new) as shard, AtomicFile(old) as file:
        if not shard.has("mp4"):
            raise ColumnError(f"{new}: MegActor's trainers read mp4 clips, the shard has {', '.join(shard.columns)}")
        outcome, given = _outcome(shard, old, kind), set[str]()
        with file.errors(), os.fdopen(os.dup(file.fd), "wb") as out, tarfile.open(fileobj=out, mode="w") as tar:
            for row, key in enumerate(shard.keys):
                try:
                    fields = old_fields(shard, row, kind)
                except (ColumnError, UnsafeData) as error:
                    outcome.failed.append(Failed(key, "bad-column", str(error), kept=False))
                    continue
                for name, body in sorted(fields.items()):
                    info = tarfile.TarInfo(f"{key}.{name}")
                    info.size, info.mode = len(body), 0o444
                    tar.addfile(info, io.BytesIO(body))
                given |= fields.keys()
                outcome.whole += 1
        outcome.absent = tuple(name for name in NEEDED[kind] if name not in given)
        file.commit(mine.check)
    return outcome


def old_fields(shard: Shard, row: int, kind: str) -> dict[str, bytes]:
    """The fields of a row in a tar of a kind. Raises ColumnError where a column that they need is empty or unfit."""
    facts = shard.json(row)
    if is_removed(facts):
        raise ColumnError("the sample was removed on request")
    fields = {name: _filled(shard, row, column) for name, column in MEDIA.items() if shard.has(column)}
    for part in FIELD_MAPS:
        if kind in part.kinds and all(map(shard.has, part.columns)):
            fields |= part.write({column: _filled(shard, row, column) for column in part.columns}, facts, kind)
    return fields


def _filled(shard: Shard, row: int, column: str) -> bytes:
    state = shard.state(row, column)
    if state != DONE:
        raise ColumnError(f"{column} has no value in this sample: {state}")
    return shard.read(row, column)


def _outcome(shard: Shard, old: Path, kind: str) -> Conversion:
    known = {"json", *MEDIA.values(), *(column for part in FIELD_MAPS if kind in part.kinds for column in part.columns)}
    return Conversion(old, kind, left_out=tuple(name for name in shard.columns if name not in known))
