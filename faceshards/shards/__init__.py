"""Bytes on disk: tar, keys, columns, codecs, the index and its queries, atomic rewrite, provenance."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.shards.index.dataset import Dataset as Dataset
    from faceshards.shards.index.dataset import open_dataset as open_dataset
    from faceshards.shards.legacy.exporting import export_shard as export_shard
    from faceshards.shards.legacy.importing import import_shard as import_shard
    from faceshards.shards.reader import Shard as Shard
    from faceshards.shards.schema.provenance import Provenance as Provenance
    from faceshards.shards.storage.find import find_shards as find_shards
    from faceshards.shards.writer import ShardWriter as ShardWriter
else:
    __getattr__ = lazy(
        __name__,
        {
            "index.dataset": "Dataset open_dataset",
            "legacy.exporting": "export_shard",
            "legacy.importing": "import_shard",
            "reader": "Shard",
            "schema.provenance": "Provenance",
            "storage.find": "find_shards",
            "writer": "ShardWriter",
        },
    )

__all__ = [
    "Dataset",
    "Provenance",
    "Shard",
    "ShardWriter",
    "export_shard",
    "find_shards",
    "import_shard",
    "open_dataset",
]
