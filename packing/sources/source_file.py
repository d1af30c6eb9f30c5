"""The file of an archive, read by spans."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from faceshards.errors import ClipError, SourceError, UsageError
from faceshards.media.container import RangedFile
from faceshards.packing.sources.archive import readable


class SourceFile:
    """An open archive. `size` is its length in bytes when it was opened.

    Raises UsageError where nothing is there, SourceError where the path is no regular file (a pipe cannot be read by
    spans) or cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            # A pipe without a writer would block for ever.
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError as error:
            raise UsageError(f"{path}: no such file or folder") from error
        except OSError as error:
            raise SourceError(f"{path}: {error.strerror}: check the path and its permissions") from error
        status = os.fstat(self._fd)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._fd)
            raise SourceError(f"{path}: not a regular file: an archive is read by spans, save it to a disk first")
        self.size = status.st_size
        self._mtime_ns = status.st_mtime_ns

    def identity(self) -> dict[str, Any]:
        """Path, size in bytes and time of the last change in nanoseconds."""
        return {"path": readable(str(self.path.resolve())), "size": self.size, "mtime_ns": self._mtime_ns}

    def span(self, offset: int, size: int) -> bytes:
        """`size` bytes at `offset`.

        Raises ClipError (unreadable-entry) for a span that the file does not hold or that the disk refuses,
        SourceError when the file has vanished or shrunk since it was opened.
        """
        if offset < 0 or size < 0 or offset + size > self.size:
            raise ClipError(
                "unreadable-entry", f"{size} bytes at {offset} lie outside the {self.size} bytes of {self.path.name}"
            )
        pieces = []
        while size:
            piece = self._piece(offset, size)
            pieces.append(piece)
            offset += len(piece)
            size -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def part(self, offset: int, size: int) -> RangedFile:
        """`size` bytes at `offset`, to be read by ranges while this is open."""
        return RangedFile(lambda start, stop: self.span(offset + start, stop - start), size)

    def _piece(self, offset: int, size: int) -> bytes:
        try:
            piece = os.pread(self._fd, size, offset)
        except OSError as error:
            require_source(self.path)
            message = f"{self.path.name} at byte {offset}: {error.strerror}"
            raise ClipError("unreadable-entry", message) from error
        if not piece:
            raise SourceError(f"{self.path}: shrank from {self.size} bytes while it was read: pack it again")
        return piece

    def close(self) -> None:
        """Closes the file; a second call does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def require_source(path: Path) -> None:
    """Raises SourceError when the whole source has vanished: then no clip is to blame."""
    if not path.exists():
        raise SourceError(f"{path}: vanished while it was read: is its disk still there?")
