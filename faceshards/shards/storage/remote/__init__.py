"""Shards in object stores: S3, Google Cloud Storage, Azure, and plain HTTP."""

from faceshards.shards.storage.remote.cache import Cache
from faceshards.shards.storage.remote.objects import RemoteFile, Sliced
from faceshards.shards.storage.remote.options import StoreOptions
from faceshards.shards.storage.remote.store import NoAnswer, NoObject, Store, open_store
from faceshards.shards.storage.remote.upload import Upload
from faceshards.shards.storage.url import Place, Url, place
from faceshards.shards.storage.version import Changed, Version

__all__ = [
    "Cache",
    "Changed",
    "NoAnswer",
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
