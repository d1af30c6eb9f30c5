"""Enrichment in place: a new tar beside the old one with columns added or replaced, verified, renamed over it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from faceshards.errors import ShardError
from faceshards.shards.index.index import build
from faceshards.shards.reader import Shard
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.schema.states import DONE, stated
from faceshards.shards.storage.extent import Extent
from faceshards.shards.storage.lease import Lease, lease
from faceshards.shards.storage.local_file import LocalFile
from faceshards.shards.storage.remote import Cache, StoreOptions
from faceshards.shards.storage.url import Place, place
from faceshards.shards.storage.version import CHANGED, Changed
from faceshards.shards.writer import MemberBody, ShardWriter, Written


@dataclass(frozen=True)
class RowEdit:
    """What becomes of one row: its key, its facts, and the columns that hold no value any more (`facts` says why)."""

    key: str
    facts: Mapping[str, Any]
    void: Collection[str]


def rewrite(
    path: str | Place,
    columns: Mapping[str, Callable[[int], MemberBody]],
    json: Callable[[int, dict[str, Any]], dict[str, Any]] | None = None,
    provenance: Iterable[Provenance] = (),
    drop: Iterable[str] = (),
    options: StoreOptions | None = None,
    held: Lease | None = None,
    forget: Container[str] = (),
    edits: Mapping[int, RowEdit] = MappingProxyType({}),
    cache: Cache | None = None,
) -> Written:
    """Adds or replaces columns of a shard; all other members keep their bytes, all rows their order and keys.

    `columns` maps a name to a function of the row that gives the body (None where there is no value); `json(row,
    old)` gives the new facts; `provenance` joins what the shard has already, without the fingerprints to `forget`;
    `drop` removes columns; `edits` are of single rows, and stand above all that. Every copied member is held against
    its checksum. On a disk the new headers are walked before the rename; in a store (`s3://`, reached by `options`) the
    new object replaces the very version that was read, or nothing happens. A crash leaves the old shard or the new one.
    The lease of the shard is taken, unless the caller has it: `held`. What is read of an object comes from the `cache`
    where it is there.

    Raises DamagedShard for a member that differs from its checksum, ShardError for a foreign tar, `Changed` for a shard
    that changed meanwhile, StorageError when the disk or the store refuses, or when another writer holds the lease.
    """
    where = place(path)
    with nullcontext(held) if held else lease(where, options=options) as mine, Shard(where, options, cache) as shard:
        if shard.front is None:
            raise ShardError(f"{shard.path}: a foreign tar is not rewritten in place: import it first")
        known = {**shard.provenance, **{one.fingerprint: one for one in provenance}}
        made = [one for name, one in known.items() if name not in forget]
        kept = [name for name in shard.columns if name not in columns and name not in set(drop)]
        etag, size = shard.file.version.etag, shard.nbytes
        writer = ShardWriter(where, provenance=made, expected_bytes=size, options=options, etag=etag, held=mine)
        with writer:
            for row, key in enumerate(shard.keys):
                members: dict[str, MemberBody] = {name: copied(shard, row, name) for name in kept}
                members |= {name: body(row) for name, body in columns.items()}
                fresh = [name for name in columns if not isinstance(members[name], Extent)]
                if json is not None or (fresh and any(not shard.filled(row, name) for name in fresh)):
                    facts = stated(shard.json(row), fresh, DONE)  # the writer tells those that have no value again
                    members["json"] = facts if json is None else json(row, facts)
                if row in edits:
                    key, members = _edited(edits[row], members)
                writer.add(key, members)
            return writer.close(verify=_headers_hold, check=lambda: _still(shard))


def _edited(edit: RowEdit, members: Mapping[str, MemberBody]) -> tuple[str, dict[str, MemberBody]]:
    void = dict.fromkeys(name for name in members if name in edit.void)
    return edit.key, {**members, **void, "json": edit.facts}


def copied(shard: Shard, row: int, column: str) -> MemberBody:
    """A member as it stands; None for one of zero bytes, which then has what stands for no value."""
    extent = shard.pinned(row, column)
    return extent if extent.size else None


def _headers_hold(temporary: Path) -> None:
    """The new headers give the generation of the new front record."""
    with LocalFile(temporary) as new:
        build(new)


def _still(old: Shard) -> None:
    """The old shard is still the one that was read."""
    if not old.is_current():
        raise Changed(f"{old.path}: {CHANGED}")
