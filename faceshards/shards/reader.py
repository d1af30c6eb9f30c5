"""One shard, read by row: whole members or spans of them, checked against their checksums."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
from fastcrc import crc32

from faceshards.errors import ColumnError, DamagedShard, ShardError, StaleIndex
from faceshards.shards.index.file import stamp_of
from faceshards.shards.index.index import front_of, index_path, open_index
from faceshards.shards.schema import codecs
from faceshards.shards.schema.columns import video_of
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.schema.states import DONE, NOT_YET, STATES, state_named
from faceshards.shards.storage.extent import Extent, FileExtent
from faceshards.shards.storage.files import File, open_file
from faceshards.shards.storage.remote import Cache, StoreOptions
from faceshards.shards.storage.url import Url, place
from faceshards.shards.storage.version import Changed
from faceshards.shards.tar.front import Front

# Versions that may come and go while a shard is opened.
_TRIES = 5


class Shard:
    """A shard on a disk, or in a store (`s3://bucket/a.tar`, gs, az, http, https; `options` say how to reach it, and
    what is read of it is kept in the `cache`).

    Rows are numbered from 0 in file order and keep their numbers for ever. Opening validates the index and rebuilds it
    where it is stale or missing. What is open stays of its generation: on a disk also when the shard is rewritten
    meanwhile; in a store, reading then raises `Changed` (a StaleIndex): open the shard again.
    Use as a context manager, or `close()`.
    """

    def __init__(self, path: str | Path | Url, options: StoreOptions | None = None, cache: Cache | None = None) -> None:
        self.path: Any = place(path)
        self.options, self.cache = options, cache
        self._open()

    def _open(self) -> None:
        """Opens the version that is there; the next one, where this one is replaced in a store meanwhile."""
        for left in reversed(range(_TRIES)):
            try:
                return self._open_one()
            except Changed:
                if not left:
                    raise

    def _open_one(self) -> None:
        self.file: File = open_file(self.path, self.options, cache=self.cache)
        try:
            self.front: Front | None = front_of(self.file)
            self.index: pa.Table = open_index(self.file, self.front)
            stamp = stamp_of(self.index.schema)
        except BaseException:
            self.file.close()
            raise
        self.columns: list[str] = stamp["columns"]
        self.generation: str = stamp["generation"]
        self.nbytes: int = stamp["length"]
        self._extents: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray | None]] = {}
        self._states: dict[str, np.ndarray] = {}
        self.kept: dict[tuple[int, str], bytes] = {}  # see `shards.kept`

    @property
    def bytes_read(self) -> int:
        """Bytes read of this shard since it was opened."""
        return self.file.bytes_read

    def is_current(self) -> bool:
        """Whether the shard is still this generation: a look at the file's name, or one request."""
        return self.file.is_current()

    def __len__(self) -> int:
        return self.index.num_rows

    def __repr__(self) -> str:
        return f"Shard({str(self.path)!r}: {len(self)} samples, columns {', '.join(self.columns)})"

    @cached_property
    def keys(self) -> list[str]:
        """Keys in row order."""
        return self.index["key"].to_pylist()

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {key: row for row, key in enumerate(self.keys)}

    @property
    def provenance(self) -> dict[str, Provenance]:
        """Fingerprint -> what made the columns that carry it; empty for a foreign tar."""
        return {name: Provenance.of(record) for name, record in self.front.provenance.items()} if self.front else {}

    def row(self, key: str) -> int:
        """The row of a key. Raises ShardError for a key that is not there."""
        try:
            return self._rows[key]
        except KeyError:
            raise ShardError(f"{self.path.name} has no key {key!r}: `faceshards inspect` lists them") from None

    def has(self, column: str) -> bool:
        """Whether the shard has this column."""
        return column in self.columns

    def video(self) -> str:
        """The column that holds the clips: `mp4`, `mpg`, ..., or a picture's. ColumnError where there is none."""
        column = video_of(self.columns)
        if column is None:
            raise ColumnError(f"{self.path.name} has no video column, only {', '.join(self.columns)}")
        return column

    def state(self, row: int, column: str) -> str:
        """One of `schema.states.STATES`; `not yet` where the shard or the sample lacks the column."""
        if column not in self.columns:
            return NOT_YET
        if column not in self._states:
            numbers = self.index[column].combine_chunks().field("state").fill_null(len(STATES))
            self._states[column] = numbers.to_numpy(zero_copy_only=False)
        return state_named(int(self._states[column][row]))

    def filled(self, row: int, column: str) -> bool:
        """Whether a sample has a value in this column, be it an empty one: its state is `done`."""
        return self.state(row, column) == DONE

    def extent(self, row: int, column: str) -> FileExtent:
        """Where a member's body stands. Raises ColumnError where the shard or the sample lacks the column."""
        offsets, sizes, crcs = self._column(column)
        if not 0 <= row < len(self):
            raise ShardError(f"{self.path.name} has rows 0 to {len(self) - 1}, not {row}")
        if offsets[row] < 0:
            raise ColumnError(f"{self.path.name}: sample {self.keys[row]!r} has no {column!r}")
        crc = int(crcs[row]) if crcs is not None else None
        return FileExtent(self.path, int(offsets[row]), int(sizes[row]), crc)

    def pinned(self, row: int, column: str) -> Extent:
        """Like `extent`, of this generation, also after the shard is rewritten (in a store, reading it then raises).

        In a store, extents that are read in the order of the file share what is read ahead.
        """
        extent = self.extent(row, column)
        return self.file.extent(extent.offset, extent.size, extent.crc32c)

    def _column(self, column: str) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Offsets (-1: absent), sizes and checksums (None: a foreign tar) of a column, each (rows,)."""
        if column not in self._extents:
            if column not in self.columns:
                raise ColumnError(f"{self.path.name} has no column {column!r}, only {', '.join(self.columns)}")
            struct = self.index[column].combine_chunks()
            offset, size, crc = (struct.field(name) for name in ("offset", "size", "crc32c"))
            offsets = offset.fill_null(-1).to_numpy(zero_copy_only=False)
            sizes = size.fill_null(0).to_numpy(zero_copy_only=False)
            if ((offsets < -1) | (sizes < 0) | (sizes > self.nbytes) | (offsets > self.nbytes - sizes)).any():
                raise StaleIndex(f"{index_path(self.path)} places {column} outside the tar: delete it and open again")
            self._extents[column] = (offsets, sizes, None if crc.null_count else crc.to_numpy(zero_copy_only=False))
        return self._extents[column]

    def read(self, row: int, column: str) -> bytes:
        """A member's body, also where it stands for no value (see `filled`). Raises DamagedShard when it differs from
        its checksum.
        """
        extent = self.extent(row, column)
        body = self.kept.get((row, column)) or self.file.read(extent.offset, extent.size)
        self._check(row, column, body, extent.crc32c)
        return body

    def read_range(self, row: int, column: str, start: int, stop: int) -> bytes:
        """Bytes [start, stop) of a member's body, not held against its checksum."""
        extent = self.extent(row, column)
        if not 0 <= start <= stop <= extent.size:
            raise ShardError(f"{self.path.name}: {column} of row {row} has {extent.size} bytes, not [{start}, {stop})")
        return self.file.read(extent.offset + start, stop - start)

    def view(self, row: int, column: str) -> memoryview:
        """A member's body without a copy where the bytes are on this machine; not held against its checksum.

        The view outlives the shard.
        """
        extent = self.extent(row, column)
        return self.file.view(extent.offset, extent.size)

    def read_column(self, column: str, rows: Sequence[int] | None = None) -> list[bytes]:
        """The bodies of a column, of all rows by default, in the rows' order: neighbours are read together.

        Raises DamagedShard for one that differs from its checksum, ColumnError for one that is absent.
        """
        places = [one for one in self._column(column) if one is not None]
        if rows is not None:
            places = [one[np.asarray(rows, np.int64)] for one in places]
        offsets, sizes, *crcs = (one.tolist() for one in places)
        if offsets and min(offsets) < 0:
            raise ColumnError(f"{self.path.name}: {offsets.count(-1)} samples have no {column!r}")
        bodies = self.file.read_many(list(zip(offsets, sizes, strict=True)))
        for number, crc in enumerate(crcs[0] if crcs else ()):
            if crc32.iscsi(bodies[number]) != crc:
                self._check(number if rows is None else rows[number], column, bodies[number], crc)
        return bodies

    def _check(self, row: int, column: str, body: bytes, crc: int | None) -> None:
        if crc is not None and crc32.iscsi(body) != crc:
            raise DamagedShard(f"{self.path}: {self.keys[row]}.{column} differs from its checksum: restore the shard")

    def get(self, row: int, column: str) -> Any:
        """A member's decoded value (None where there is none: see `state`); media stay bytes."""
        body = self.read(row, column)
        return codecs.decode(column, body) if self.filled(row, column) else None

    def json(self, row: int) -> dict[str, Any]:
        """The sample's facts."""
        value = self.get(row, "json")
        if not isinstance(value, dict):
            raise ColumnError(
                f"{self.path.name}: json of {self.keys[row]!r} is a {type(value).__name__}, not an object"
            )
        return value

    def sample(self, row: int, columns: Sequence[str] | None = None) -> dict[str, bytes]:
        """Column -> body of one sample; all columns that it has by default."""
        names = [name for name in self.columns if self._column(name)[0][row] >= 0] if columns is None else columns
        return {name: self.read(row, name) for name in names}

    def scalars(self, *names: str) -> pa.Table:
        """Typed columns of the index, a row a sample."""
        missing = [name for name in names if name not in self.index.column_names]
        if missing:
            raise ColumnError(f"{self.path.name} has no scalar {', '.join(missing)}")
        return self.index.select(list(names))

    def close(self) -> None:
        """Closes the file."""
        self.file.close()

    def __enter__(self) -> Shard:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if "file" in self.__dict__:
            self.close()
