"""An archive in a store or on a web server, read by spans."""

from __future__ import annotations

from threading import Lock
from typing import Any

from faceshards.errors import ClipError
from faceshards.shards.storage.remote import RemoteFile
from faceshards.shards.storage.url import Url

# Spans of at most so many bytes are read ahead: headers, small members.
_SMALL = 64 * 1024


class RemoteSource:
    """An object, of the version that was there when it was opened. `size` is its length in bytes.

    Raises NoObject where nothing is there, StorageError as the store does.
    """

    def __init__(self, url: Url) -> None:
        self.path = url
        self._file = RemoteFile(url)
        self._ahead, self._lock = self._file.data(), Lock()
        self.size = self._file.size

    def identity(self) -> dict[str, Any]:
        """URL, size in bytes and what the store calls the version."""
        return {"path": str(self.path), "size": self.size, "version": str(self._file.version.etag)}

    def start(self, size: int) -> bytes:
        """The first bytes, at most `size`."""
        return self._file.start(size)

    def span(self, offset: int, size: int) -> bytes:
        """`size` bytes at `offset`. Raises ClipError (unreadable-entry) for a span that the object does not hold,
        `Changed` where it was replaced, StorageError.
        """
        if offset < 0 or size < 0 or offset + size > self.size:
            what = f"{size} bytes at {offset} lie outside the {self.size} bytes of {self.path.name}"
            raise ClipError("unreadable-entry", what)
        if size > _SMALL:
            return self._file.read(offset, size)
        with self._lock:
            return bytes(self._ahead[offset : offset + size])

    def close(self) -> None:
        """There is nothing to close."""
