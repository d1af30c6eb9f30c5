"""The catalogue of a data set: which shards stand under some paths, listed once however much is asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from faceshards.shards.index.dataset import Dataset, open_dataset
from faceshards.shards.storage.find import Listing, list_shards
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.url import Place


@dataclass(frozen=True)
class Catalogue:
    """The shards under some paths, as they were when they were listed; `options` say how a store is reached."""

    listings: tuple[Listing, ...]
    options: StoreOptions | None = None

    @property
    def shards(self) -> list[Place]:
        """Paths and URLs, each once, sorted within each path that was named."""
        return list(dict.fromkeys(shard for listing in self.listings for shard in listing.shards))

    def datasets(self) -> list[Dataset]:
        """The merged index of each folder. Raises as `open_dataset` does."""
        return [open_dataset(one.folder, one.names) for one in self.listings if one.folder is not None and one.shards]


def catalogued(paths: Catalogue | Sequence[str | Place], options: StoreOptions | None = None) -> Catalogue:
    """The catalogue of some paths; one that was made before stays as it is. Raises as `list_shards` does."""
    if isinstance(paths, Catalogue):
        return paths
    return Catalogue(tuple(list_shards(*paths, options=options)), options)
