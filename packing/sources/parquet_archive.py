"""A Parquet file with media in its rows, as the package datasets writes them: each row as the files of a webdataset
sample.

A media column is a struct of `bytes` and `path`, or plain binary. Its bytes are the field of the path's suffix, or
`COLUMN.SUFFIX` where another column has that suffix too, or `COLUMN` without one; all other columns of the row are its
field `json`, in which COLUMN_path tells the paths.
"""

from __future__ import annotations

import json
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from faceshards.errors import ClipError, SourceError
from faceshards.media.container import RangedFile
from faceshards.packing.sources.archive import ArchiveListing, Entry, Limits
from faceshards.packing.sources.source_file import SourceFile

#: Row groups that are held at a time: threads that make neighbouring samples may stand in two.
_HELD = 2
# Names and texts that are no UTF-8 are ValueErrors; Arrow raises bare RuntimeErrors, too.
_UNREADABLE = (pa.ArrowException, OSError, ValueError, RuntimeError)


class _Place(NamedTuple):
    """Where an entry's bytes are: its row group, the row in it, and the media column; None for the rest of the row."""

    group: int
    row: int
    column: str | None


class ParquetArchive:
    """The rows of a Parquet file; a row group is in memory at a time, or two. Raises SourceError for another file."""

    kind = "parquet"

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path: Any = path
        self.nbytes: int | None = path.stat().st_size
        self._limits = limits
        try:
            self._file = pq.ParquetFile(path)
            self._media = [field.name for field in self._file.schema_arrow if _is_media(field.type)]
        except _UNREADABLE as error:
            raise self._not_whole(error) from error
        self._groups: OrderedDict[int, pa.Table] = OrderedDict()
        self._lock = Lock()

    def identity(self) -> dict[str, Any]:
        """Path, size in bytes and time of the last change in nanoseconds."""
        with closing(SourceFile(self.path)) as file:
            return file.identity()

    def listing(self) -> ArchiveListing:
        """The fields of all rows, in their order; sizes are not known before they are read. Raises SourceError where no
        column holds media, or for too many entries.
        """
        if not self._media:
            names = ", ".join(self._file.schema_arrow.names)
            raise SourceError(f"{self.path}: none of its columns holds media (struct of bytes and path): {names}")
        entries: list[Entry] = []
        try:
            for entry in self._entries():
                entries.append(entry)
                if len(entries) > self._limits.entries:
                    rule = "--max-entries raises the limit"
                    raise SourceError(f"{self.path}: over {self._limits.entries} entries: {rule}")
        except _UNREADABLE as error:
            raise self._not_whole(error) from error
        return ArchiveListing(entries)

    def _not_whole(self, error: Exception) -> SourceError:
        return SourceError(f"{self.path}: not a whole Parquet file ({error!s:.200}): fetch it again")

    def _entries(self) -> Iterator[Entry]:
        paths = [f"{name}.path" for name in self._media if pa.types.is_struct(self._file.schema_arrow.field(name).type)]
        number = 0
        for group in range(self._file.num_row_groups):
            rows = self._file.metadata.row_group(group).num_rows
            told = self._file.read_row_group(group, columns=paths).to_pylist() if paths else [{}] * rows
            for row, each in enumerate(told):
                for field, column in self._fields(each).items():
                    yield Entry(f"{number:08d}.{field}", 0, _Place(group, row, column))
                yield Entry(f"{number:08d}.json", 0, _Place(group, row, None))
                number += 1

    def _fields(self, paths: dict[str, Any]) -> dict[str, str]:
        """Field -> media column of a row with these paths."""
        suffixes = {name: PurePosixPath(_path(paths.get(name))).suffix[1:].lower() for name in self._media}
        counts = Counter(suffixes.values())
        return {
            (suffix if counts[suffix] == 1 else f"{name}.{suffix}") if suffix else name: name
            for name, suffix in suffixes.items()
        }

    def read(self, entry: Entry) -> bytes:
        """The bytes of a field. Raises ClipError for one that has none here (its file lies elsewhere) or too many."""
        place: _Place = entry.place
        row = self._group(place.group).slice(place.row, 1)
        try:
            if place.column is None:
                return self._rest(row)
            value = row[place.column][0].as_py()
        except _UNREADABLE as error:
            raise ClipError("unreadable-entry", f"row {place.row} of group {place.group}: {error!s:.200}") from error
        body = value.get("bytes") if isinstance(value, dict) else value
        if not body:
            rule = "its bytes are not in the file: embed them (datasets: embed_external_files)"
            raise ClipError("empty-file", f"entry {entry.name} holds a path alone: {rule}")
        if len(body) > self._limits.entry_bytes:
            rule = f"the limit is {self._limits.entry_bytes}: --max-entry-bytes"
            raise ClipError("too-large", f"entry {entry.name} has {len(body)} bytes, {rule}")
        return bytes(body)

    def file(self, entry: Entry) -> RangedFile:
        """As `Archive.file`; the entry is in memory."""
        body = self.read(entry)
        return RangedFile(lambda start, stop: body[start:stop], len(body))

    def _rest(self, row: pa.Table) -> bytes:
        """What is no media, as JSON."""
        facts = row.drop_columns(self._media).to_pylist()[0]
        for name in self._media:
            value = row[name][0].as_py()
            if isinstance(value, dict) and value.get("path"):
                facts[f"{name}_path"] = value["path"]
        return json.dumps(facts, ensure_ascii=False, default=str).encode("utf-8", "replace")

    def _group(self, number: int) -> pa.Table:
        with self._lock:
            if number not in self._groups:
                try:
                    self._groups[number] = self._file.read_row_group(number)
                except _UNREADABLE as error:
                    raise ClipError("unreadable-entry", f"row group {number} cannot be read: {error}") from error
                while len(self._groups) > _HELD:
                    self._groups.popitem(last=False)
            return self._groups[number]

    def close(self) -> None:
        """Closes the file."""
        self._groups.clear()
        self._file.close()


def _is_media(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return {"bytes", "path"} <= {kind.field(number).name for number in range(kind.num_fields)}
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _path(value: Any) -> str:
    path = value.get("path") if isinstance(value, dict) else None
    return path if isinstance(path, str) else ""
