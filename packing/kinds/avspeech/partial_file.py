"""A file of the web, of which only the blocks that were read are at hand, in a sparse file of the same length."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple

from faceshards.errors import ClipError
from faceshards.media.container import RangedFile
from faceshards.shards.storage.atomic import storage_errors

#: Bytes that come together: a file that breaks off loses less than this.
BLOCK = 64 << 10
# Blocks that one request asks for.
_AHEAD = 16
# Seconds behind which what came is noted, while more comes.
_NOTED = 2.0
# Seconds before a request that failed is made again.
_PAUSES = (0.5, 2.0)


class NotAtHand(Exception):
    """Bytes are wanted that would have to be fetched."""


class OtherFile(Exception):
    """What the web gives is not the file of which some blocks are at hand."""


class Answer(NamedTuple):
    """Bytes of a file from `offset` on, as they come; its length where the server tells it."""

    offset: int
    length: int | None
    pieces: Iterator[bytes]


#: Asks for the bytes [start, stop) of a file; a server that knows no ranges answers with all. Raises ClipError.
Get = Callable[[int, int], AbstractContextManager[Answer]]


@dataclass
class Blocks:
    """What is at hand: the file's length in bytes, 0 while it is not known, and which blocks."""

    size: int = 0
    held: set[int] = field(default_factory=set)

    @property
    def count(self) -> int:
        """Blocks of the whole file."""
        return -(-self.size // BLOCK)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return self.size > 0 and len(self.held) == self.count

    def record(self) -> dict[str, Any]:
        """As JSON: the blocks as runs [first, behind the last)."""
        runs: list[list[int]] = []
        for block in sorted(self.held):
            if runs and runs[-1][1] == block:
                runs[-1][1] += 1
            else:
                runs.append([block, block + 1])
        return {"size": self.size, "held": runs}

    @classmethod
    def of(cls, record: dict[str, Any]) -> Blocks:
        """What `record` wrote. Raises ValueError, TypeError, KeyError for anything else."""
        blocks = cls(int(record["size"]))
        for first, behind in record["held"]:
            if not 0 <= first < behind <= blocks.count:
                raise ValueError(f"blocks {first} to {behind} of {blocks.count}")
            blocks.held.update(range(first, behind))
        return blocks


class PartialFile:
    """The file as `path` holds it; what is missing is asked for by `get`, and kept; `saved` is called behind that.

    FFmpeg, which reads it as `body`, takes no exceptions: where bytes cannot be had the file seems to end, and
    `failure` says why: NotAtHand where there is no `get`; OtherFile; ClipError `unreachable` where the site gives up;
    StorageError. The same are raised when it is opened, or filled.
    """

    failure: Exception | None = None

    def __init__(self, path: Path, blocks: Blocks, get: Get | None, saved: Callable[[], None]) -> None:
        self._path, self._blocks, self._get, self._saved = path, blocks, get, saved
        if get is None and not path.exists():
            raise NotAtHand
        with storage_errors(path):
            self._fd = os.open(path, os.O_CLOEXEC | (os.O_RDONLY if get is None else os.O_RDWR | os.O_CREAT), 0o644)
        try:
            if not blocks.size:
                self._fetch(0)
        except BaseException:
            self.close()
            raise

    @property
    def body(self) -> RangedFile:
        """The file for whoever reads media."""
        return RangedFile(self.read, self._blocks.size)

    def read(self, start: int, stop: int) -> bytes:
        """The bytes [start, stop); fewer where they cannot be had."""
        try:
            if self.failure is None:
                return self._read(start, stop)
        except Exception as error:  # noqa: BLE001 - whoever opened the file raises it
            self.failure = error
        return b""

    def _read(self, start: int, stop: int) -> bytes:
        needed = range(start // BLOCK, -(-stop // BLOCK))
        for block in needed:
            if block not in self._blocks.held:
                self._fetch(block)
        body = os.pread(self._fd, stop - start, start)
        if len(body) < stop - start:  # somebody cut or removed the file, whatever its record says
            self._blocks.held.difference_update(needed)
            for block in needed:
                self._fetch(block)
            body = os.pread(self._fd, stop - start, start)
        return body

    def fill(self) -> None:
        """Fetches all that is missing."""
        for block in range(self._blocks.count):
            if block not in self._blocks.held:
                self._fetch(block)

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._fd)

    def _fetch(self, block: int) -> None:
        """A block, and those behind it that one request gives; what came before a failure is kept."""
        if self._get is None:
            raise NotAtHand
        for pause in (*_PAUSES, None):
            try:
                while block not in self._blocks.held:
                    held = len(self._blocks.held)
                    self._ask(block)
                    if len(self._blocks.held) == held:
                        raise ClipError("unreachable", "the site gives fewer bytes than the file has")
                return
            except ClipError as error:
                if error.code != "unreachable" or pause is None:
                    raise
            finally:
                self._keep()
            sleep(pause)

    def _ask(self, block: int) -> None:
        blocks = self._blocks
        stop, end = block + 1, min(block + _AHEAD, blocks.count if blocks.size else block + _AHEAD)
        while stop < end and stop not in blocks.held:
            stop += 1
        assert self._get is not None
        with self._get(block * BLOCK, stop * BLOCK) as answer:
            if self._blocks.size and answer.length not in (None, self._blocks.size):
                raise OtherFile
            self._blocks.size = self._blocks.size or answer.length or 0
            end = self._take(answer)
        if not self._blocks.size:  # the server did not say how much there is: it was all
            self._blocks.size = end
            self._hold(0, end, end)

    def _take(self, answer: Answer) -> int:
        """Writes the bytes as they come; where they end. A block is held when it is whole."""
        place, noted = answer.offset, monotonic()
        for piece in answer.pieces:
            with storage_errors(self._path):
                _write(self._fd, piece, place)
            self._hold(answer.offset, place + len(piece), self._blocks.size)
            place += len(piece)
            if monotonic() - noted > _NOTED:
                self._keep()
                noted = monotonic()
        return place

    def _hold(self, start: int, end: int, size: int) -> None:
        """Takes note of the blocks within [start, end); the file's last one may be short."""
        first, behind = -(-start // BLOCK), -(-end // BLOCK) if size and end >= size else end // BLOCK
        self._blocks.held.update(range(first, behind))

    def _keep(self) -> None:
        """What is down is noted behind its bytes, so that a power cut leaves no note of what is not there."""
        with storage_errors(self._path):
            os.fdatasync(self._fd)
        self._saved()


def _write(fd: int, piece: bytes, place: int) -> None:
    view = memoryview(piece)
    while view:
        done = os.pwrite(fd, view, place)
        view, place = view[done:], place + done
