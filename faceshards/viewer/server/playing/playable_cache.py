"""Clips that were made for a browser's player, kept for as long as there is room: files of this process' own."""

from __future__ import annotations

import tempfile
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import IO, BinaryIO

#: Bytes on the disk, all together.
MOST_BYTES = 1 << 30


class PlayableCache:
    """Files by what they were made of; those that were not played for longest go first. None has a name on the disk:
    they go with the process, however it ends. Who still reads one that is let go, reads on.

    Safe to use from several threads. One thread makes a file, the others that want it wait.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._held: OrderedDict[Hashable, PlayableFile] = OrderedDict()
        self._making: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def file(self, key: Hashable, write: Callable[[BinaryIO], None]) -> PlayableFile:
        """The file of a key; where there is none, the one that `write` writes. What it raises is raised."""
        with self._lock:
            turn = self._making.setdefault(key, Lock())
        with turn:
            with self._lock:
                found = self._held.pop(key, None)
            if found is None:
                found = PlayableFile(write)
            with self._lock:
                self._held[key] = found
                self._making.pop(key, None)
                while len(self._held) > 1 and sum(one.size for one in self._held.values()) > self._most:
                    self._held.popitem(last=False)
        return found


class PlayableFile:
    """A file without a name, of `size` bytes."""

    def __init__(self, write: Callable[[BinaryIO], None]) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="faceshards-view-")  # noqa: SIM115 - it is held open
        self._lock = Lock()
        try:
            write(self._file)
        except BaseException:
            self._file.close()
            raise
        self.size = self._file.seek(0, 2)

    def __del__(self) -> None:
        self._file.close()

    def read(self, start: int, stop: int) -> bytes:
        """Bytes [start, stop)."""
        with self._lock:
            self._file.seek(start)
            return self._file.read(stop - start)
