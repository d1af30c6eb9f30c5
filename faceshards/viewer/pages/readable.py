"""The rows of the shards that open: one that does not is named, and hides no other."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from faceshards.dataset.stats.indexed_rows import IndexedRows
from faceshards.errors import FaceshardsError, UsageError
from faceshards.shards.index.catalogue import Catalogue
from faceshards.shards.reader import Shard
from faceshards.shards.storage.find import Listing
from faceshards.shards.storage.url import Place

# Shards that are tried at a time, where one of them does not open.
_AT_ONCE = 16


def readable(catalogue: Catalogue, where: str | None) -> tuple[IndexedRows, dict[Place, str]]:
    """The rows, and each shard that does not open with the reason.

    Raises UsageError for a filter that does not evaluate, and what the first shard raised where none opens.
    """
    try:
        return IndexedRows(catalogue, where), {}
    except UsageError:
        raise
    except FaceshardsError as error:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            tried = zip(catalogue.shards, pool.map(_fault, catalogue.shards), strict=True)
            broken = {place: fault for place, fault in tried if fault}
        if len(broken) in (0, len(catalogue.shards)):
            raise error
        left = Catalogue(tuple(_without(one, broken) for one in catalogue.listings), catalogue.options)
        return IndexedRows(left, where), broken


def _fault(place: Place) -> str:
    """Why a shard does not open; empty where it does."""
    try:
        with Shard(place):
            return ""
    except FaceshardsError as error:
        return str(error).removeprefix(f"{place}: ")


def _without(listing: Listing, gone: Mapping[Place, str]) -> Listing:
    kept = [number for number, place in enumerate(listing.shards) if place not in gone]
    names = tuple(listing.names[number] for number in kept) if listing.names else ()
    return replace(listing, shards=tuple(listing.shards[number] for number in kept), names=names)
