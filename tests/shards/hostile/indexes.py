"""Hostile index files beside a shard that is whole."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe

from faceshards.shards.index.index import index_path
from faceshards.shards.writer import ShardWriter


def write_shard(path: Path) -> Path:
    """A shard of three samples."""
    with ShardWriter(path) as writer:
        for i in range(3):
            writer.add(f"k{i}", {"json": {"name": f"n{i}", "frames": i}, "mp4": bytes([i]) * 700, "txt": b"t"})
    return path


def _table(change: Callable[[pa.Table], pa.Table]) -> Callable[[Path], None]:
    """The shard's own index, changed, under the metadata that says it is current."""

    def spoil(tar: Path) -> None:
        good = pq.read_table(index_path(tar))
        table = change(good)
        metadata = table.schema.metadata if table.schema.metadata is not None else good.schema.metadata
        pq.write_table(table.replace_schema_metadata(metadata), index_path(tar))

    return spoil


def _bytes(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def spoil(tar: Path) -> None:
        index_path(tar).write_bytes(change(index_path(tar).read_bytes()))

    return spoil


def _instead(make: Callable[[Path], object]) -> Callable[[Path], None]:
    """Something else of the index's name."""

    def spoil(tar: Path) -> None:
        index_path(tar).unlink()
        make(index_path(tar))

    return spoil


def _meta(change: Callable[[dict], object]) -> Callable[[Path], None]:
    def changed(table: pa.Table) -> pa.Table:
        facts = change(json.loads(table.schema.metadata[b"faceshards"]))
        body = facts if isinstance(facts, bytes) else json.dumps(facts).encode()
        return table.replace_schema_metadata({b"faceshards": body})

    return _table(changed)


def _extent(field: str, number: int) -> Callable[[Path], None]:
    def changed(table: pa.Table) -> pa.Table:
        struct = table["mp4"].combine_chunks()
        parts = {name: struct.field(name) for name in ("offset", "size", "crc32c")}
        parts[field] = pa.array([number] * len(table), parts[field].type)
        return table.set_column(
            table.column_names.index("mp4"), "mp4", pa.StructArray.from_arrays(list(parts.values()), list(parts))
        )

    return _table(changed)


def _rows(count: int) -> Callable[[Path], None]:
    """A constant column of so many rows is a few bytes in Parquet."""

    def spoil(tar: Path) -> None:
        good = pq.read_table(index_path(tar))
        zeros = pa.array(np.zeros(1_000_000, np.int64))
        schema = pa.schema([("key", pa.int64()), ("offset", pa.int64())], metadata=good.schema.metadata)
        with pq.ParquetWriter(index_path(tar), schema, compression="zstd") as writer:
            batch = pa.table([zeros, zeros], schema=schema)
            for _ in range(count // 1_000_000):
                writer.write_table(batch)

    return spoil


class _Keys(pe.KmsClient):
    """Keys that wrap themselves."""

    def __init__(self, _: object) -> None:
        super().__init__()

    def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:
        return base64.b64encode(key_bytes)

    def unwrap_key(self, wrapped_key: bytes, master_key_identifier: str) -> bytes:
        return base64.b64decode(wrapped_key)


def _encrypted(tar: Path) -> None:
    """The shard's own index, one column of it encrypted: Arrow ends the process that asks for its metadata."""
    good = pq.read_table(index_path(tar))
    asked = pe.EncryptionConfiguration(footer_key="f", column_keys={"c": ["frames"]}, plaintext_footer=True)
    keys = pe.CryptoFactory(_Keys).file_encryption_properties(pe.KmsConnectionConfig(), asked)
    with pq.ParquetWriter(index_path(tar), good.schema, encryption_properties=keys) as writer:
        writer.write_table(good)


def _without(*names: str) -> Callable[[Path], None]:
    return _table(lambda table: table.drop_columns(list(names)))


def _renamed(**names: str) -> Callable[[Path], None]:
    return _table(lambda table: table.rename_columns([names.get(name, name) for name in table.column_names]))


INDEXES: dict[str, Callable[[Path], None]] = {
    "empty": _bytes(lambda body: b""),
    "rubbish": _bytes(lambda body: b"PAR1" + b"\xff" * 1000 + b"PAR1"),
    "cut": _bytes(lambda body: body[:-100]),
    "only the magic": _bytes(lambda body: b"PAR1PAR1"),
    "a footer of 2 GB": _bytes(lambda body: body[:-8] + (2**31 - 1).to_bytes(4, "little") + b"PAR1"),
    "a footer of the whole file": _bytes(lambda body: body[:-8] + (len(body) - 12).to_bytes(4, "little") + b"PAR1"),
    "an Arrow file": _bytes(lambda body: b"ARROW1\0\0" + body),
    "a folder": _instead(lambda path: path.mkdir()),
    "a pipe": _instead(os.mkfifo),
    "a link to a device": _instead(lambda path: path.symlink_to("/dev/zero")),
    "a link to itself": _instead(lambda path: path.symlink_to(path)),
    "a foreign table": lambda tar: pq.write_table(pa.table({"a": [1, 2]}), index_path(tar)),
    "fewer rows": _table(lambda table: table.slice(0, 2)),
    "no rows": _table(lambda table: table.slice(0, 0)),
    "more rows": _table(lambda table: pa.concat_tables([table, table])),
    "100 million rows": _rows(100_000_000),
    "metadata that is no JSON": _meta(lambda facts: b"{"),
    "metadata that is deep": _meta(lambda facts: b"[" * 100_000),
    "metadata that is a list": _meta(lambda facts: [facts]),
    "metadata that is a number": _meta(lambda facts: 7),
    "metadata that is no UTF-8": _meta(lambda facts: b"\xff\xfe{}"),
    "no list of columns": _meta(lambda facts: {k: v for k, v in facts.items() if k != "columns"}),
    "columns that are no list": _meta(lambda facts: facts | {"columns": 3}),
    "columns that are not there": _meta(lambda facts: facts | {"columns": [*facts["columns"], "nothing"]}),
    "columns that are scalars": _meta(lambda facts: facts | {"columns": [*facts["columns"], "frames", "key"]}),
    "columns that are lists": _meta(lambda facts: facts | {"columns": [[], {}]}),
    "another generation": _meta(lambda facts: facts | {"generation": "f" * 32}),
    "a generation of another type": _meta(lambda facts: facts | {"generation": [1]}),
    "another format": _meta(lambda facts: facts | {"format": 2}),
    "a column that is encrypted": _encrypted,
    "no key": _without("key"),
    "no column for the clip": _without("mp4"),
    "no extents": _without("offset", "size"),
    "keys that are numbers": _table(
        lambda table: table.set_column(table.column_names.index("key"), "key", pa.array(range(len(table))))
    ),
    "keys that are null": _table(
        lambda table: table.set_column(table.column_names.index("key"), "key", pa.nulls(len(table), pa.string()))
    ),
    "a column of text for the clip": _table(
        lambda table: table.set_column(table.column_names.index("mp4"), "mp4", pa.array(["x"] * len(table)))
    ),
    "two columns of one name": _renamed(frames="name"),
    "hostile names of columns": _renamed(frames="'; drop table x; --", name="../../marker"),
    "an offset beyond the file": _extent("offset", 10**15),
    "an offset of 2 to the 63": _extent("offset", 2**63 - 1),
    "a negative offset": _extent("offset", -(2**62)),
    "a size beyond the file": _extent("size", 10**15),
    "a negative size": _extent("size", -5),
    "another place": _extent("offset", 512),
}
