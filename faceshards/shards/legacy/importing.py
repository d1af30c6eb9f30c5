"""From an old tar to a shard: clips keep their bytes, pickles become arrays that need no trust."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from faceshards.errors import ClipError, ShardError, UsageError
from faceshards.shards.index.index import mapped
from faceshards.shards.legacy.conversion import Conversion, Failed
from faceshards.shards.legacy.field_maps import SIGMA, V1
from faceshards.shards.legacy.old_schema import old_members, old_samples, schema_of
from faceshards.shards.legacy.sample import STAGE, Describe, OldSample
from faceshards.shards.schema.keys import UniqueKeys
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.lease import Lease
from faceshards.shards.storage.url import Place, place
from faceshards.shards.writer import ShardWriter

#: Rises when the bytes of an imported sample change for the same tar.
VERSION = 1


def import_shard(
    old: str | Path,
    new: str | Place,
    kind: str = "auto",
    *,
    describe: Describe | None = None,
    labels: Mapping[str, str] | None = None,
    held: Lease | None = None,
    etag: str | None = None,
) -> Conversion:
    """Writes the shard of an old MegActor tar. `kind` is `v1`, `sigma` or `auto`: the fields' names tell.

    `describe` adds packet tables and the clips' facts (this package knows no codec); `labels` (source, licence, ...)
    stand in every sample's json. A sample without its clip is left out; one with a bad field is kept, that column
    empty, and `json.failures` says why; what a damaged tar lost counts as one failure. Nothing in the tar is run.

    The lease of `new` is taken, unless the caller has it: `held`. At a URL the shard replaces the version `etag`.
    Raises ShardError when no sample can be kept, UsageError for an unknown kind or one name for both tars, StorageError
    when the disk refuses or another writes `new`, UnsafeData for a tar with sparse members.
    """
    old, new = Path(old), place(new)
    if kind not in ("auto", V1, SIGMA):
        raise UsageError(f"kind must be auto, {V1} or {SIGMA}, got {kind!r}")
    if isinstance(new, Path) and old.exists() and new.exists() and old.samefile(new):
        raise UsageError(f"{new}: the shard needs another name than the old tar's")
    labels = {"source": old.absolute().name, **(labels or {})}
    with mapped(old) as data:
        members, damage = old_members(data, old.name)
        schema = schema_of(members, kind)
        outcome = Conversion(new, schema.kind, left_out=schema.left_out)
        made = Provenance(STAGE, VERSION, {"from": f"megactor-{schema.kind}"})
        with ShardWriter(new, provenance=[made], expected_bytes=len(data), held=held, etag=etag) as writer:
            keys = UniqueKeys()
            for name, fields in old_samples(members):
                sample = OldSample(name, fields, data, old)
                try:
                    sample.convert(schema, describe)
                except ClipError as error:
                    outcome.failed.append(Failed(name, error.code, str(error), kept=False))
                    continue
                _add(sample, labels, made, writer, keys)
                _count(sample, outcome)
            if damage:
                outcome.failed.append(Failed(f"(rest of {old.name})", "unreadable-entry", str(damage), kept=False))
            if not outcome.kept:
                first = outcome.failed[0].reason if outcome.failed else "it holds none"
                raise ShardError(f"{old}: no sample can be imported: {first}")
    return outcome


def _add(sample: OldSample, labels: Mapping[str, str], made: Provenance, writer: ShardWriter, keys: UniqueKeys) -> None:
    facts = {
        **sample.facts,
        **labels,
        "failures": sample.failures,
        "made": dict.fromkeys(sample.bodies, made.fingerprint),
    }
    writer.add(keys.key(sample.name), {"json": facts, **sample.bodies})


def _count(sample: OldSample, outcome: Conversion) -> None:
    """A sample counts once: whole, or with its first failure."""
    if not sample.failures:
        outcome.whole += 1
        return
    first = sample.failures[0]
    outcome.failed.append(Failed(sample.name, first["code"], first["reason"], kept=True))
