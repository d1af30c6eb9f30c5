"""From paths and URLs to shards: what a folder, a prefix of a store, or the name of a shard leads to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceshards.errors import UsageError
from faceshards.shards.storage.remote import StoreOptions, open_store
from faceshards.shards.storage.url import Place, Url, place


@dataclass(frozen=True)
class Listing:
    """The shards that one path leads to, sorted. Where a folder of this machine was listed: the `folder`, and the
    shards' `names` below it.
    """

    shards: tuple[Place, ...]
    folder: Path | None = None
    names: tuple[str, ...] = ()


def find_shards(*paths: str | Place, options: StoreOptions | None = None) -> list[Any]:
    """The shards of `list_shards`, each once. Raises as it does."""
    return list(dict.fromkeys(shard for one in list_shards(*paths, options=options) for shard in one.shards))


def list_shards(*paths: str | Place, options: StoreOptions | None = None) -> list[Listing]:
    """The .tar files that the paths name or (folders and, in a store, prefixes) hold at any depth: paths and URLs, a
    listing a path; hidden files are left out.

    Raises UsageError for a path that does not exist, is no .tar, or when nothing is found; StorageError and ShardError
    as a store does.
    """
    listings = [_listing(place(path), options) for path in paths]
    if not any(listing.shards for listing in listings):
        raise UsageError(
            f"no .tar shard under {', '.join(map(str, paths)) or 'nothing'}: pack some first (faceshards pack)"
        )
    return listings


def _listing(path: Place, options: StoreOptions | None) -> Listing:
    if isinstance(path, Url):
        return Listing(tuple(_in_store(path, options)))
    if path.is_dir():
        names = sorted(_names(path, ""), key=lambda name: name.split("/"))
        return Listing(tuple(path / name for name in names), path, tuple(names))
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    if path.suffix != ".tar":
        raise UsageError(f"{path}: a shard is a .tar file")
    return Listing((path,))


def _names(folder: Path, below: str) -> Iterator[str]:
    """The shards of a folder and of those in it (links to folders are not followed), hidden ones left out."""
    with suppress(PermissionError), os.scandir(folder / below) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _names(folder, f"{below}{entry.name}/")
            elif entry.name.endswith(".tar") and entry.is_file():
                yield below + entry.name


def _in_store(url: Url, options: StoreOptions | None) -> Iterator[Url]:
    if url.suffix == ".tar":
        yield url
    elif url.scheme in ("http", "https"):
        raise UsageError(f"{url}: a web server has no list of its files: name each .tar")
    else:
        store, above = open_store(url.root, options or StoreOptions()), len(url.key)
        keys = [key for key, _ in store.list(url.key) if key.endswith(".tar")]
        yield from (Url(url.root, key) for key in sorted(keys) if not _is_hidden(key[above:].split("/")))


def _is_hidden(parts: Sequence[str]) -> bool:
    return any(part.startswith(".") for part in parts)


def may_fork(places: Iterable[Place]) -> bool:
    """Whether a process that has read these may be forked: not one that used a store, whose threads stay behind."""
    return not any(isinstance(place, Url) for place in places)
