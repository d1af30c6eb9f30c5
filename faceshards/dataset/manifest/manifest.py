"""The manifest: what a data set was made from and how, and by which hashes its shards are known, as one JSON file.

It holds no time and no path, and everything in it is sorted: equal data sets, with the reports beside them, give equal
files, wherever they lie. Its digest is over all of it but the program that wrote it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from faceshards import __version__
from faceshards.dataset.manifest.runs import portable, runs_of
from faceshards.errors import UsageError
from faceshards.jobs.progress import Advance
from faceshards.jobs.small_file import read_small
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode_json
from faceshards.shards.schema.columns import ordered
from faceshards.shards.storage.url import Place

#: The key that makes a manifest, and the version of its form.
FORM, VERSION = "faceshards_manifest", 1
# What the digest does not speak of.
_BESIDE = ("digest", "program")
_LABELS = ("collection", "licence", "citation")
_CHUNK = 8 << 20


def manifest_of(
    shards: Mapping[str, Place], hashed: bool = True, advance: Advance = lambda done, total: None
) -> dict[str, Any]:
    """The manifest of some shards, by their names. With `hashed` every byte is read, for the sha256 of each; without,
    the generation, a hash over names, sizes and checksums of all members, is what a shard is known by.

    Raises what the opening and reading of a shard raises.
    """
    told, recipes, columns = [], dict[str, dict[str, Any]](), dict[str, None]()
    collections, sources = dict[tuple[str, ...], list[float]](), dict[str, int]()
    for number, (name, place) in enumerate(sorted(shards.items())):
        advance(number, len(shards))
        with Shard(place) as shard:
            stand = standing(shard.index)
            told.append(_shard(shard, name, stand, hashed))
            recipes |= {mark: made.record() for mark, made in shard.provenance.items()}
            columns |= dict.fromkeys(shard.columns)
            _count(shard.index.filter(pa.array(stand)), collections, sources)
    advance(len(shards), len(shards))
    return sealed(
        {
            FORM: VERSION,
            "samples": sum(one["samples"] for one in told),
            "bytes": sum(one["bytes"] for one in told),
            "columns": ordered(list(columns)),
            "collections": [
                {**dict(zip(_LABELS, labels, strict=True)), "samples": int(count), "hours": round(seconds / 3600, 6)}
                for labels, (count, seconds) in sorted(collections.items())
            ],
            "sources": [{"source": name, "samples": count} for name, count in sorted(sources.items())],
            "runs": runs_of(shards.values()),
            "recipes": [{"fingerprint": mark, **portable(made)} for mark, made in sorted(recipes.items())],
            "shards": told,
        }
    )


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of a content: with the program that writes it, and the digest."""
    rest = {name: value for name, value in content.items() if name not in _BESIDE}
    digest = hashlib.sha256(encode_json(rest)).hexdigest()
    return {FORM: rest[FORM], "digest": f"sha256:{digest}", "program": f"faceshards {__version__}"} | rest


def manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    """The file."""
    return json.dumps(manifest, indent=1, ensure_ascii=False).encode("utf-8") + b"\n"


def read_manifest(place: Place) -> dict[str, Any]:
    """What `manifest_bytes` wrote. Raises UsageError for a file that is none, or was changed since it was sealed."""
    body = read_small(place)
    if body is None:
        raise UsageError(f"{place}: no such file: write one by `faceshards manifest write`")
    try:
        found = json.loads(body)
        seal = sealed(found)["digest"] if isinstance(found, dict) and found.get(FORM) == VERSION else ""
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{place}: it is no manifest ({error}): write one by `faceshards manifest write`") from error
    if not seal:
        raise UsageError(f"{place}: it is no manifest of version {VERSION}: write one by `faceshards manifest write`")
    if found.get("digest") != seal:
        raise UsageError(f"{place}: it was changed since it was written: its digest is not that of what it says")
    return dict(found)


def without_hashes(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest as if no byte had been read."""
    shards = [{name: value for name, value in one.items() if name != "sha256"} for one in manifest["shards"]]
    return sealed({**manifest, "shards": shards})


def is_hashed(manifest: Mapping[str, Any]) -> bool:
    """Whether it knows the sha256 of its shards."""
    return any("sha256" in one for one in manifest["shards"])


def _shard(shard: Shard, name: str, stand: np.ndarray, hashed: bool) -> dict[str, Any]:
    told = {"name": name, "samples": int(stand.sum()), "rows": len(shard), "bytes": shard.nbytes}
    if removed := int((~stand).sum()):
        told["removed"] = removed
    return {**told, "generation": shard.generation, **({"sha256": _sha256(shard)} if hashed else {})}


def _sha256(shard: Shard) -> str:
    digest = hashlib.sha256()
    for start in range(0, shard.nbytes, _CHUNK):
        digest.update(shard.file.read(start, min(_CHUNK, shard.nbytes - start)))
    return digest.hexdigest()


def _count(index: pa.Table, collections: dict[tuple[str, ...], list[float]], sources: dict[str, int]) -> None:
    """Adds the samples of an index, and their seconds, to those of their collections and sources."""
    labels = zip(*(_words(index, name) for name in _LABELS), strict=True)
    for each, seconds in zip(labels, _seconds(index), strict=True):
        total = collections.setdefault(each, [0, 0.0])
        total[0] += 1
        total[1] += seconds
    for source in _words(index, "source"):
        sources[source] = sources.get(source, 0) + 1


def _words(index: pa.Table, name: str) -> Iterable[str]:
    if name not in index.column_names or not pa.types.is_string(index.schema.field(name).type):
        return [""] * index.num_rows
    words: list[str] = pc.fill_null(index[name], "").to_pylist()
    return words


def _seconds(index: pa.Table) -> Iterable[float]:
    if "duration" not in index.column_names or not pa.types.is_floating(index.schema.field("duration").type):
        return [0.0] * index.num_rows
    seconds: list[float] = pc.fill_null(index["duration"], 0.0).to_pylist()
    return seconds
