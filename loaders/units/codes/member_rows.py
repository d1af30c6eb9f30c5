"""Some rows of an array, or samples of a sound, by the bytes that hold them in their member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from faceshards.errors import ColumnError
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.media.sound.pcm import HEAD, PcmFormat
from faceshards.media.sound.read import read_sound
from faceshards.shards.schema.codecs import NpyLayout, decode_npy, npy_layout

#: Bytes of an array's member that are read first: its header, which numpy makes 128 bytes long, and its first row.
ARRAY_HEAD = 1024
# From this share of a member on all of it is read, and held against its checksum.
_NEARLY_ALL = 0.9


class MemberPart(Protocol):
    """Rows of a member, as far as they were fetched."""

    def rows(self) -> np.ndarray:
        """Their values: (n, ...), read-only where they are the very bytes."""


@dataclass(frozen=True)
class ArrayRows:
    """Rows [first, last) of an array. `body`: their bytes, or all of the member's where `layout` is None."""

    body: bytes
    layout: NpyLayout | None
    first: int
    last: int

    def rows(self) -> np.ndarray:
        """As `MemberPart.rows`."""
        if self.layout is None:
            return decode_npy(self.body)[self.first : self.last]
        return np.frombuffer(self.body, self.layout.dtype).reshape(-1, *self.layout.shape[1:])


@dataclass(frozen=True)
class SoundSamples:
    """Samples of a sound: their bytes, or themselves where the sound had to be decoded."""

    body: bytes | np.ndarray
    form: PcmFormat | None

    def rows(self) -> np.ndarray:
        """As `MemberPart.rows`: float32 (n,). Raises ClipError `broken-media`."""
        if isinstance(self.body, np.ndarray):
            return self.body
        assert self.form is not None
        return self.form.parsed(self.body)


class ArrayMember:
    """An array's member: its `layout`, out of its first bytes. Raises ColumnError for what is no array of rows."""

    def __init__(self, bodies: Bodies, unit: int, column: str) -> None:
        self._bodies, self._unit, self.column = bodies, unit, column
        self._size, self._head = _head(bodies, unit, column, ARRAY_HEAD)
        try:
            self.layout = npy_layout(self._head, self._size)
        except ValueError as error:
            raise ColumnError(f"column {column!r} does not decode as npy: {error}") from error
        if not self.layout.shape:
            raise ColumnError(f"{column} holds a single value, no rows")

    def __len__(self) -> int:
        return self.layout.shape[0]

    def part(self, first: int, last: int) -> ArrayRows:
        """Some rows, of those that there are. Columns (Fortran's order) are read as a whole, and so is nearly all."""
        row = (self._size - self.layout.start) // max(1, len(self))
        start, stop = self.layout.start + first * row, self.layout.start + last * row
        if stop <= len(self._head) and not self.layout.fortran:
            return ArrayRows(self._head[start:stop], self.layout, first, last)
        if self.layout.fortran or stop - start > _NEARLY_ALL * self._size:
            return ArrayRows(self._bodies.read(self._unit, self.column), None, first, last)
        body = _read(self._bodies, self._unit, self.column, start, stop, self._size)
        return ArrayRows(body, self.layout, first, last)


class SoundMember:
    """A sound's member: WAV of PCM by its bytes, all else decoded. `rate` in Hz. Raises ClipError, ColumnError."""

    def __init__(self, bodies: Bodies, unit: int, column: str) -> None:
        self._bodies, self._unit, self.column = bodies, unit, column
        self._size, head = _head(bodies, unit, column, HEAD)
        self._form = PcmFormat.of(head, self._size)
        if self._form is not None:
            self.rate, self._samples = self._form.rate, self._form.samples
            return
        sound = read_sound(bodies.read(unit, column), None)
        self._decoded, self.rate, self._samples = sound.samples, sound.rate, len(sound.samples)

    def __len__(self) -> int:
        return self._samples

    def part(self, first: int, last: int) -> SoundSamples:
        """Some samples, of those that there are. Nearly all are read as a whole."""
        if self._form is None:
            return SoundSamples(self._decoded[first:last], None)
        start, stop = self._form.span(first, last)
        if stop - start > _NEARLY_ALL * self._size:
            return SoundSamples(self._bodies.read(self._unit, self.column)[start:stop], self._form)
        return SoundSamples(_read(self._bodies, self._unit, self.column, start, stop, self._size), self._form)


def _head(bodies: Bodies, unit: int, column: str, length: int) -> tuple[int, bytes]:
    """A member's size, and its first bytes. Raises ColumnError where the sample has no value there."""
    size = bodies.size(unit, column)
    bodies.has(unit, column)
    return size, bodies.read_spans(unit, column, [(0, min(length, size))])[0]


def _read(bodies: Bodies, unit: int, column: str, start: int, stop: int, size: int) -> bytes:
    """Bytes of a member whose head said where they stand. Raises ColumnError where it was replaced since."""
    body = bodies.read_spans(unit, column, [(start, stop)])[0]
    if bodies.size(unit, column) != size:
        raise ColumnError(f"{column} was replaced by another one while it was read")
    return body
