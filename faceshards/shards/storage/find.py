"""A dataset: the shards under some paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from faceshards.errors import UsageError
from faceshards.shards.storage.remote import StoreOptions, open_store
from faceshards.shards.storage.url import Place, Url, place


def find_shards(*paths: str | Place, options: StoreOptions | None = None) -> list[Any]:
    """The .tar files that the paths name or (folders and, in a store, prefixes) hold at any depth: paths and URLs, each
    once, sorted within each; hidden files are left out.

    Raises UsageError for a path that does not exist, is no .tar, or when nothing is found; StorageError and ShardError
    as a store does.
    """
    found = dict.fromkeys(shard for path in paths for shard in _expand(place(path), options))
    if not found:
        raise UsageError(
            f"no .tar shard under {', '.join(map(str, paths)) or 'nothing'}: pack some first (faceshards pack)"
        )
    return list(found)


def _expand(path: Place, options: StoreOptions | None) -> Iterator[Place]:
    if isinstance(path, Url):
        yield from _listed(path, options)
    elif path.is_dir():
        files = (file for file in path.rglob("*.tar") if file.is_file())
        yield from sorted(file for file in files if not _is_hidden(file.relative_to(path).parts))
    elif not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    elif path.suffix != ".tar":
        raise UsageError(f"{path}: a shard is a .tar file")
    else:
        yield path


def _listed(url: Url, options: StoreOptions | None) -> Iterator[Url]:
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
