"""An mp4 in the making: its index first, the same input the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import BinaryIO

import av
from av.container import OutputContainer


def new_mp4(file: BinaryIO, options: Mapping[str, str] | None = None) -> OutputContainer:
    """The container of an mp4 that is written to a file open for writing and reading; `options` of FFmpeg's muxer are
    added. Closing it puts the index before the media.
    """
    own = {"movflags": "+faststart", "fflags": "+bitexact", **(options or {})}
    return av.open(file, "w", format="mp4", container_options=own, io_open=_second_reader(file))


def _second_reader(file: BinaryIO) -> Callable[..., _Rereader]:
    # To put the index first, the muxer reads back, through a file of its own, what it wrote.
    return lambda url, flags, options: _Rereader(file)


class _Rereader:
    """A second reading position in a file that is still being written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._position = 0

    def read(self, size: int) -> bytes:
        written = self._file.tell()
        self._file.seek(self._position)
        part = self._file.read(size)
        self._file.seek(written)
        self._position += len(part)
        return part

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        written = self._file.tell()
        end = self._file.seek(0, io.SEEK_END)
        self._file.seek(written)
        self._position = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: end}[whence] + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def close(self) -> None:
        """Nothing to close: the file belongs to the writer."""
