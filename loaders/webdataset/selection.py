"""Only the samples of a pipeline that an expression keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from functools import lru_cache, partial
from typing import Any

from faceshards.errors import UsageError
from faceshards.shards.filters.where import matching
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.storage.files import open_file
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.url import Place, place
from faceshards.shards.storage.version import Version


def select(
    where: str, options: StoreOptions | None = None
) -> Callable[[Iterable[dict[str, Any]]], Iterator[dict[str, Any]]]:
    """A stage of any webdataset pipeline: only the samples that an expression or a recipe's name keeps, found by their
    "__url__" and "__key__" in the shards' indexes. An epoch sees each shard's index as it is when its first sample
    comes.

    Iteration raises UsageError for a sample without these two or a `where` that does not evaluate; ShardError and
    StorageError for a shard that cannot be opened.
    """
    return partial(_kept, where=where, options=options)


def selected(shard: Place, where: str, options: StoreOptions | None) -> set[str]:
    """The keys of a shard's samples that `where` keeps, none that was removed. Raises as `select` does."""
    with Shard(shard, options) as opened:
        stand = standing(opened.index)
        return {opened.keys[row] for row in matching(opened.index, where) if stand[row]}


def _kept(pipeline: Iterable[dict[str, Any]], where: str, options: StoreOptions | None) -> Iterator[dict[str, Any]]:
    versions: dict[str, Version] = {}  # asked once an epoch: in a store each is a request
    for sample in pipeline:
        url, key = _address(sample)
        if url not in versions:
            versions[url] = _version(place(url), options)
        if key in _selected_once(url, versions[url], where, options):
            yield sample


def _address(sample: Mapping[str, Any]) -> tuple[str, str]:
    try:
        return sample["__url__"], sample["__key__"]
    except KeyError as lacking:
        raise UsageError(
            f'sample {sample.get("__key__")!r} has no {lacking}: select needs "__url__" and "__key__", as '
            "webdataset's tarfile_samples and our shuffled give them: put select before the stage that drops them"
        ) from None


def _version(shard: Place, options: StoreOptions | None) -> Version:
    with closing(open_file(shard, options)) as file:
        return file.version


@lru_cache(maxsize=256)
def _selected_once(url: str, version: Version, where: str, options: StoreOptions | None) -> set[str]:
    return selected(place(url), where, options)
