"""Shards in object stores: S3, Google Cloud Storage, Azure, and plain HTTP."""

from faceshards.shards.stores.cache import Cache
from faceshards.shards.stores.objects import RemoteFile
from faceshards.shards.stores.options import StoreOptions
from faceshards.shards.stores.sliced import Sliced
from faceshards.shards.stores.store import Changed, NoObject, Store, Version, open_store
from faceshards.shards.stores.upload import Upload
from faceshards.shards.stores.url import Place, Url, place

__all__ = [
    "Cache",
    "Changed",
    "NoObject",
    "Place",
    "RemoteFile",
    "Sliced",
    "Store",
    "StoreOptions",
    "Upload",
    "Url",
    "Version",
    "open_store",
    "place",
]
