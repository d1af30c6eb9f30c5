"""Spills: what workers have finished of a shard that is not finished, clip after clip.

Each worker appends to a file of its own, `spill.RUN.WORKER`, where RUN counts the runs on the shard. A record:

    head      8 bytes `fs-clip1`, row, sizes of header and bodies (3 x uint64), crc32c of the header (uint32), all
              little-endian
    header    JSON: the clip's new facts, what the work cost, the provenance of its new columns, and of each column size
              and crc32c
    bodies    the columns, by name

A worker that is killed leaves half a record at the end, which is no record; nobody appends to another's file. Nothing
is synced: after a power cut a file counts up to its first record that differs from its checksums (`mend`).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastcrc import crc32

from faceshards.shards.schema.codecs import encode_json
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.atomic import storage_errors
from faceshards.shards.storage.extent import CHUNK, Extent

MAGIC = b"fs-clip1"
HEAD = struct.Struct("<8sQQQI")
PREFIX = "spill."


@dataclass(frozen=True)
class Finished:
    """A finished clip: its new json, where its new columns stand, what made them, and what the work cost.

    `run` is {"seconds": {stage: s}, "counts": {"frames_decoded": n, ...}, "traces": {stage: traceback}}.
    """

    facts: dict[str, Any]
    columns: dict[str, Extent] = field(default_factory=dict)
    provenance: dict[str, Provenance] = field(default_factory=dict)
    run: dict[str, Any] = field(default_factory=dict)


class Spill:
    """The file of the worker `by`, or one `part` of several, made with its first record; run `run` of the shard."""

    def __init__(self, folder: Path, run: int, by: str, part: int | None = None) -> None:
        self.path = folder / f"{PREFIX}{run:06d}.{by}{'' if part is None else f'.{part:06d}'}"
        self._buffer = memoryview(bytearray(CHUNK))
        self._fd: int | None = None

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; a record that is added later opens it again."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def add(self, row: int, done: Finished, bodies: Mapping[str, bytes | Extent]) -> None:
        """Appends a finished clip with its new columns. Raises StorageError; the file is then as it was."""
        bodies = dict(sorted(bodies.items()))  # as the header has them
        columns = {name: [_size(body), self._checksum(body)] for name, body in bodies.items()}
        header = encode_json(
            {
                "facts": done.facts,
                "run": done.run,
                "provenance": [made.record() for made in done.provenance.values()],
                "columns": columns,
            }
        )
        total = sum(size for size, _ in columns.values())
        head = HEAD.pack(MAGIC, row, len(header), total, crc32.iscsi(header))
        with storage_errors(self.path):
            if self._fd is None:
                self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
            before = os.fstat(self._fd).st_size
            try:
                _write(self._fd, head + header)
                for body in bodies.values():
                    for piece in self._pieces(body):
                        _write(self._fd, piece)
            except BaseException:
                os.truncate(self._fd, before)
                raise

    def _checksum(self, body: bytes | Extent) -> int:
        crc = 0
        for piece in self._pieces(body):
            crc = crc32.iscsi(piece, crc)
        return crc

    def _pieces(self, body: bytes | Extent) -> Iterator[bytes | memoryview]:
        return body.pieces(self._buffer) if isinstance(body, Extent) else iter([body] if body else [])


def _size(body: bytes | Extent) -> int:
    return body.size if isinstance(body, Extent) else len(body)


def _write(fd: int, body: bytes | memoryview) -> None:
    view = memoryview(body)
    while view:
        view = view[os.write(fd, view) :]
