"""The paths of a data set as they are typed: braces (`part-{000..009}.tar`) and globs (`*.tar`, `**`) among them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from glob import glob, has_magic
from pathlib import Path

from braceexpand import braceexpand

from faceshards.errors import UsageError
from faceshards.loaders.arguments import of_kind
from faceshards.shards.storage.find import find_shards
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.url import Place, Url, place

_MAGIC = re.compile(r"[*?\[]")


def expanded(paths: str | Place | Sequence[str | Place], options: StoreOptions | None = None) -> list[str | Place]:
    """Paths without braces and globs; what is there under its very name stays as it is. `*` stays within a folder, `**`
    goes through all; of what a glob finds, shards and folders are taken.

    Raises UsageError for what is no path, and for a glob that finds nothing.
    """
    several = [paths] if isinstance(paths, (str, Place)) else paths
    of_kind("paths", several, (list, tuple), "a path, a URL or a list of such")
    if not several:
        raise UsageError("paths must name a shard or a folder of shards, got none")
    return [one for path in several for one in _expanded(path, options)]


def _expanded(path: str | Place, options: StoreOptions | None) -> Iterator[str | Place]:
    of_kind("each of paths", path, (str, Path, Url), "a path or a URL")
    if not str(path):
        raise UsageError("paths must name a shard or a folder of shards, got ''")
    if isinstance(path, Url) or Path(path).exists():
        yield path
        return
    try:
        texts = list(braceexpand(str(path)))
    except ValueError as error:
        raise UsageError(f"{path}: braces must come in pairs, as in part-{{000..009}}.tar") from error
    for text in texts:
        if not has_magic(text) or Path(text).exists():
            yield text
            continue
        where = place(text)
        found = _in_store(where, options) if isinstance(where, Url) else _on_disk(text)
        if not found:
            raise UsageError(f"{text}: no shard (.tar) and no folder matches: check the path")
        yield from found


def _on_disk(pattern: str) -> list[str | Place]:
    found = (Path(name) for name in sorted(glob(pattern, recursive=True)))
    return [path for path in found if path.suffix == ".tar" or path.is_dir()]


def _in_store(pattern: Url, options: StoreOptions | None) -> list[str | Place]:
    folder = pattern.key[: _MAGIC.search(pattern.key).start()].rpartition("/")[0]  # type: ignore[union-attr]
    shards = find_shards(Url(pattern.root, folder), options=options)
    return [shard for shard in shards if _matches(shard.key, pattern.key)]


def _matches(key: str, pattern: str) -> bool:
    return fnmatchcase(key, pattern) and ("**" in pattern or key.count("/") == pattern.count("/"))
