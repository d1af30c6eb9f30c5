"""An open tar, wherever it is: the one protocol that everything above reads through."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Protocol

from faceshards.errors import FaceshardsError
from faceshards.shards.storage.extent import Extent
from faceshards.shards.storage.local_file import LocalFile
from faceshards.shards.storage.remote import Cache, RemoteFile, StoreOptions
from faceshards.shards.storage.url import Url, place
from faceshards.shards.storage.version import Version


class File(Protocol):
    """A file of this machine or an object of a store, of the version that was there when it was opened.

    Every read is of that version: on a disk also when another is renamed over it; in a store it then raises `Changed`.
    `requests` and `bytes_read` count the reads.
    """

    place: Any
    version: Version
    requests: int
    bytes_read: int
    #: Whether a reader may leave a cache beside it: on a disk it may; what a store holds is its owner's business.
    takes_caches: bool

    @property
    def size(self) -> int:
        """Bytes of this version."""

    def read(self, offset: int, size: int) -> bytes:
        """Bytes [offset, offset + size). Raises DamagedShard where the file ends before."""

    def read_many(self, extents: Sequence[tuple[int, int]]) -> list[bytes]:
        """The bytes of several (offset, size), in their order."""

    def view(self, offset: int, size: int) -> memoryview:
        """Bytes [offset, offset + size), without a copy where they are on this machine; the view outlives the file."""

    def expect(self, extents: Sequence[tuple[int, int]]) -> None:
        """Says which (offset, size) of a view will be looked at next."""

    def data(self) -> Any:
        """All of it for a scan: `data[a:b]` and `len(data)`. Raises ShardError for an empty one, which is no tar."""

    def start(self, size: int) -> bytes:
        """The first bytes, at most `size`."""

    def extent(self, offset: int, size: int, crc32c: int | None) -> Extent:
        """A span of this version as a body that is streamed; those that are read in the order of the file share what
        is read ahead.
        """

    def beside(self, name: str) -> bytes | None:
        """The whole of a neighbour; None where there is none."""

    def save_beside(self, name: str, body: bytes) -> None:
        """Writes a neighbour, whole or not at all. Raises StorageError where that may not be."""

    def is_current(self) -> bool:
        """Whether the name still leads to this version: a look at the folder, or one request."""

    def close(self) -> None:
        """Closes it; views that were given out stay."""


def open_file(
    where: str | Path | Url,
    options: StoreOptions | None = None,
    version: Version | None = None,
    cache: Cache | None = None,
) -> File:
    """Opens a tar. With a known `version` it is of that one, and in a store opening it costs no request; what is read
    of an object is kept in the `cache`.

    Raises ShardError where there is none, StorageError where it may not be read, `Changed` (in a store the first read
    does) where another version stands there.
    """
    where = place(where)
    return RemoteFile(where, options, version, cache) if isinstance(where, Url) else LocalFile(where, version)


def size_of(where: str | Path | Url, options: StoreOptions | None = None) -> int:
    """Bytes of a file or an object; 0 for one that cannot be opened."""
    with suppress(FaceshardsError, OSError), closing(open_file(where, options)) as file:
        return file.size
    return 0
