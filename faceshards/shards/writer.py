"""The shard writer: samples in, one deterministic tar and its index out, whole or not at all."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from fastcrc import crc32

from faceshards.errors import ColumnError, ShardError, StorageError
from faceshards.shards.index.index import save
from faceshards.shards.index.table import EXTENT, IndexRows, index_table
from faceshards.shards.schema.codecs import encode, encode_json
from faceshards.shards.schema.columns import check_names, ordered
from faceshards.shards.schema.keys import is_key
from faceshards.shards.schema.provenance import Provenance, provenance_record
from faceshards.shards.schema.states import no_value, void_columns, with_states
from faceshards.shards.storage.extent import CHUNK, Extent, checked
from faceshards.shards.storage.lease import Lease, lease
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.sink import open_sink
from faceshards.shards.storage.url import Place, place
from faceshards.shards.tar.front import Front, Generation
from faceshards.shards.tar.header import BLOCK, END, is_plain, member_header, member_header_size, padding, plain_headers

#: What a member's body may be: bytes, a span of a file or an object (streamed, never held whole), or a value that the
#: column's codec writes (an array, a dict, a picture). None, or `b""`, where the sample has no value in the column: the
#: writer puts what stands for none there, and into the json why, where that does not say it (`schema.states`).
MemberBody = bytes | bytearray | memoryview | Extent | Any

_FEW = 8


@dataclass(frozen=True)
class Written:
    """A finished shard."""

    path: Place
    generation: str
    samples: int
    members: int
    bytes: int


class ShardWriter:
    """Writes one shard. Use as a context manager: on an exception the final name stays untouched.

    `provenance` is what made the columns; `expected_bytes` is allocated at once. Every sample must have the columns of
    the first. At a URL, `options` say how the store is reached, and the shard replaces the version `etag` or, by
    default, must be the first of its name. The shard's lease is held until the writer is closed or left; `held` is one
    that the caller has already.
    Raises ColumnError for uneven columns, ShardError for a bad or repeated key, StorageError when the disk or the store
    refuses or another writer holds the lease, `Changed` where another version stands there than when it was begun.
    """

    def __init__(
        self,
        path: str | Place,
        *,
        provenance: Iterable[Provenance] = (),
        expected_bytes: int = 0,
        durable: bool = True,
        options: StoreOptions | None = None,
        etag: str | None = None,
        held: Lease | None = None,
    ) -> None:
        self.path = place(path)
        self._front = Front(provenance=provenance_record(provenance))
        self._front_body = self._front.body_size()
        self._done = False
        with ExitStack() as until_open:
            self._held = held or until_open.enter_context(lease(self.path, options=options))
            self._sink = open_sink(self.path, BLOCK + self._front_body, expected_bytes, durable, options, etag)
            self._open = until_open.pop_all()
        self._columns: list[str] | None = None
        self._names: set[str] = set()
        self._suffixes: list[tuple[str, bytes]] = []
        self._keys: dict[str, None] = {}
        self._generation = Generation()
        self._spans, self._extents, self._facts = array("q"), array("q"), list[bytes]()
        self._pending: list[tuple[bytes, int, int]] = []
        self._bodies: list[bytes] = []
        self._offset = self._flushed = BLOCK + self._front_body  # the front record is written last
        self._buffer = memoryview(bytearray(CHUNK))

    def add(self, key: str, members: Mapping[str, MemberBody]) -> None:
        """Appends one sample; `members` maps each column to its body and holds `json`.

        Raises ColumnError for a value that the column's codec cannot write.
        """
        if self._columns is None:
            check_names(members, self.path.name)
            self._columns, self._names = ordered(list(members)), set(members)
            self._suffixes = [(column, b"." + column.encode("ascii")) for column in self._columns]
        elif members.keys() != self._names:
            has = f"sample {key!r} has columns {sorted(members)}, the shard has {sorted(self._names)}"
            raise ColumnError(f"{self.path.name}: {has}: give every sample the same columns (None for no value)")
        if key in self._keys or not is_key(key):
            rule = "is there already" if key in self._keys else "is not an escaped key (shards.schema.keys.encode_key)"
            raise ShardError(f"{self.path.name}: key {key!r} {rule}")
        start, base = self._offset, key.encode("ascii")
        facts = self._json(members["json"])
        if void := void_columns(members):
            facts, members = with_states(facts, void), {**members, **{name: no_value(name) for name in void}}
        for column, suffix in self._suffixes:
            body = facts if column == "json" else _body(column, members[column])
            self._extents.extend(self._member(base + suffix, body))
        self._spans.extend((start, self._offset - start))
        self._keys[key] = None
        self._facts.append(facts)

    def _json(self, body: MemberBody) -> bytes:
        if isinstance(body, (dict, Mapping)):
            return encode_json(body)
        return self._small_extent(body) if isinstance(body, Extent) else bytes(body)

    def _member(self, name: bytes, body: bytes | bytearray | memoryview | Extent) -> tuple[int, int, int]:
        """Places one member; returns offset, size and crc32c of its body. Small ones are collected."""
        if isinstance(body, Extent):
            if body.size > CHUNK:
                return self._stream(name, body)
            body = self._small_extent(body)
        size, crc = len(body), crc32.iscsi(body)
        self._generation.add(name, size, crc)
        if size > CHUNK or not is_plain(name, size):
            return self._place(name, body, crc)
        offset = self._offset + BLOCK
        padded = size + padding(size)
        self._pending.append((name, size, crc))
        self._bodies.append(bytes(body).ljust(padded, b"\0"))  # a copy: the caller may reuse a buffer
        self._offset = offset + padded
        if self._offset - self._flushed >= CHUNK:
            self._flush()
        return offset, size, crc

    def _place(self, name: bytes, body: bytes | bytearray | memoryview, crc: int) -> tuple[int, int, int]:
        """Writes a member that stands alone: a large one, or one whose header is more than a block."""
        self._flush()
        header = member_header(name, len(body), crc)
        offset = self._offset + len(header)
        self._write(header)
        self._write(body)
        self._write(bytes(padding(len(body))))
        return offset, len(body), crc

    def _write(self, body: bytes | bytearray | memoryview) -> None:
        """Writes at the end of what is written."""
        self._sink.write(body)
        self._offset = self._flushed = self._flushed + len(body)

    def _small_extent(self, extent: Extent) -> bytes:
        return b"".join(map(bytes, checked(extent, self._buffer)))

    def _stream(self, name: bytes, extent: Extent) -> tuple[int, int, int]:
        """Copies a large extent through one buffer. A header without a known crc is written last, over zeros."""
        self._flush()
        start, known, crc = self._offset, extent.crc32c, 0
        if known is None and not self._sink.seeks:
            known = reduce(lambda so_far, piece: crc32.iscsi(piece, so_far), extent.pieces(self._buffer), 0)
            extent = replace(extent, crc32c=known)  # the second pass is held against the first
        size = member_header_size(name, extent.size)
        self._write(bytes(size) if known is None else member_header(name, extent.size, known))
        offset = self._offset
        if known is None:
            for piece in extent.pieces(self._buffer):
                crc = crc32.iscsi(piece, crc)
                self._write(piece)
            self._sink.patch(member_header(name, extent.size, crc), start)
        else:
            crc = known
            for piece in checked(extent, self._buffer):
                self._write(piece)
        self._write(bytes(padding(extent.size)))
        self._generation.add(name, extent.size, crc)
        return offset, extent.size, crc

    def _flush(self) -> None:
        """Writes the collected members."""
        if self._pending:
            several = len(self._pending) > _FEW  # numpy is worth its start for many headers only
            headers = (
                plain_headers(*zip(*self._pending, strict=True))
                if several
                else [member_header(*one) for one in self._pending]
            )
            body = b"".join(chain.from_iterable(zip(headers, self._bodies, strict=True)))
            self._pending, self._bodies = [], []
            self._write(body)

    def close(self, verify: Callable[[Path], None] | None = None, check: Callable[[], None] | None = None) -> Written:
        """Ends the tar, patches the front record, lets `verify` see the temporary file (on a disk), lets the shard
        appear, writes its index. `check` comes last before the shard appears, and raises where it must not.
        """
        self._flush()
        self._write(END)
        made, count = self._generation, len(self._keys)
        front = Front(made.hexdigest(), self._offset, made.members, count, self._front.provenance)
        self._sink.patch(front.pack(self._front_body), 0)

        def last() -> None:
            self._held.check()
            if check is not None:
                check()

        self._sink.commit(self._offset, verify, last)
        self._done = True
        self._save_index(front)
        self._open.close()
        return Written(self.path, front.generation, front.samples, front.members, front.length)

    def _save_index(self, front: Front) -> None:
        try:
            save(index_table(self._rows(), self._facts, front), self._sink)
        except StorageError as error:
            name = self.path.name
            raise StorageError(f"{error}; the new {name} stands whole: its index is made when it is opened") from error

    def _rows(self) -> IndexRows:
        columns = self._columns or []
        extents = np.array(self._extents, np.int64).reshape(len(self._keys), len(columns), len(EXTENT))
        spans = np.array(self._spans, np.int64).reshape(-1, 2)
        return IndexRows(list(self._keys), spans, {name: extents[:, i] for i, name in enumerate(columns)})

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and not self._done:
                self.close()
        finally:
            self._sink.discard()
            self._open.close()


def _body(column: str, value: MemberBody) -> bytes | bytearray | memoryview | Extent:
    """The bytes of a member: as they are given, or as the column's codec writes the value."""
    if isinstance(value, (bytes, Extent, bytearray)) or (isinstance(value, memoryview) and value.nbytes == len(value)):
        return value
    return encode(column, value)
