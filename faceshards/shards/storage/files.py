"""An open tar, wherever it is."""

from __future__ import annotations

from pathlib import Path

from faceshards.shards.storage.local_file import LocalFile
from faceshards.shards.storage.remote import RemoteFile, StoreOptions
from faceshards.shards.storage.url import Url, place

#: An open tar, here or in a store.
File = LocalFile | RemoteFile


def open_file(where: str | Path | Url, options: StoreOptions | None = None) -> File:
    """Opens a tar. Raises ShardError where there is none, StorageError where it may not be read."""
    where = place(where)
    return RemoteFile(where, options) if isinstance(where, Url) else LocalFile(where)
