"""Bytes on a disk or in a store behind one protocol: files, sinks, leases, extents; and what a path or URL leads to."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.shards.storage.atomic import AtomicFile as AtomicFile
    from faceshards.shards.storage.atomic import storage_errors as storage_errors
    from faceshards.shards.storage.atomic import write_atomic as write_atomic
    from faceshards.shards.storage.find import find_shards as find_shards
else:
    __getattr__ = lazy(__name__, {"atomic": "AtomicFile storage_errors write_atomic", "find": "find_shards"})

__all__ = ["AtomicFile", "find_shards", "storage_errors", "write_atomic"]
