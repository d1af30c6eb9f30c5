"""One shard, read by row: whole members or spans of them, checked against their checksums."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
from fastcrc import crc32

from faceshards.errors import ColumnError, DamagedShard, ShardError, StaleIndex
from faceshards.shards import codecs
from faceshards.shards.columns import video_of
from faceshards.shards.extent import FileExtent, read_exactly
from faceshards.shards.front import Front, front_size, read_front
from faceshards.shards.index import index_path, open_index
from faceshards.shards.index_file import facts_of
from faceshards.shards.provenance import Made


class Shard:
    """A shard on a local disk. Rows are numbered from 0 in file order and keep their numbers for ever.

    Opening validates the index and rebuilds it where it is stale or missing. The open file stays that of this
    generation when the
    shard is rewritten meanwhile. Use as a context manager, or `close()`.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise ShardError(f"{self.path}: no such shard: name a .tar file")
        self._fd = -1
        # Opened first and read last: when the shard is renamed over in between, the index is that of the newer file.
        for _ in range(8):
            self._fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            self.index: pa.Table = open_index(self.path)
            if os.fstat(self._fd).st_ino == os.stat(self.path).st_ino:
                break
            self.close()
        else:
            raise ShardError(f"{self.path}: rewritten 8 times while it was opened: try again")
        facts = facts_of(self.index.schema)
        self.columns: list[str] = facts["columns"]
        self.generation: str = facts["generation"]
        self.nbytes: int = facts["length"]
        self.bytes_read = 0
        self._extents: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray | None]] = {}

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

    @cached_property
    def provenance(self) -> dict[str, Made]:
        """Fingerprint -> what made the columns that carry it; empty for a foreign tar."""
        front = self._front()
        return {name: Made.of(record) for name, record in front.provenance.items()} if front else {}

    def _front(self) -> Front | None:
        start = os.pread(self._fd, 512, 0)
        return read_front(start + os.pread(self._fd, max(0, front_size(start) - 512), 512))[0]

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

    def extent(self, row: int, column: str) -> FileExtent:
        """Where a member's body stands. Raises ColumnError where the shard or the sample lacks the column."""
        offsets, sizes, crcs = self._column(column)
        if not 0 <= row < len(self):
            raise ShardError(f"{self.path.name} has rows 0 to {len(self) - 1}, not {row}")
        if offsets[row] < 0:
            raise ColumnError(f"{self.path.name}: sample {self.keys[row]!r} has no {column!r}")
        crc = int(crcs[row]) if crcs is not None else None
        return FileExtent(self.path, int(offsets[row]), int(sizes[row]), crc)

    def pinned(self, row: int, column: str) -> FileExtent:
        """Like `extent`, through the open file: the bytes of this generation, also after the shard is renamed over."""
        return replace(self.extent(row, column), path=Path(f"/proc/self/fd/{self._fd}"))

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
        """A member's body; empty where a stage failed. Raises DamagedShard when it differs from its checksum."""
        extent = self.extent(row, column)
        body = self._pread(extent.offset, extent.size)
        if extent.crc32c is not None and crc32.iscsi(body) != extent.crc32c:
            raise DamagedShard(f"{self.path}: {self.keys[row]}.{column} differs from its checksum: restore the shard")
        return body

    def read_range(self, row: int, column: str, start: int, stop: int) -> bytes:
        """Bytes [start, stop) of a member's body, not held against its checksum."""
        extent = self.extent(row, column)
        if not 0 <= start <= stop <= extent.size:
            raise ShardError(f"{self.path.name}: {column} of row {row} has {extent.size} bytes, not [{start}, {stop})")
        return self._pread(extent.offset + start, stop - start)

    def _pread(self, offset: int, size: int) -> bytes:
        body = os.pread(self._fd, size, offset)
        if len(body) < size:  # a signal, more than 2 GiB, or the end of the file
            whole = bytearray(size)
            read_exactly(self._fd, memoryview(whole), offset)
            body = bytes(whole)
        self.bytes_read += size
        return body

    def get(self, row: int, column: str) -> Any:
        """A member's decoded value (None where a stage failed); media stay bytes."""
        return codecs.decode(column, self.read(row, column))

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
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Shard:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_fd", -1) >= 0:
            self.close()
