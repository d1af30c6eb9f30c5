"""The catalogue of a data set: the index of a shard, of many."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.shards.index.dataset import Dataset as Dataset
    from faceshards.shards.index.dataset import open_dataset as open_dataset
    from faceshards.shards.index.index import build as build
    from faceshards.shards.index.index import index_path as index_path
    from faceshards.shards.index.index import open_index as open_index
    from faceshards.shards.index.index import save as save
    from faceshards.shards.index.table import index_table as index_table
else:
    __getattr__ = lazy(
        __name__,
        {
            "dataset": "Dataset open_dataset",
            "index": "build index_path open_index save",
            "table": "index_table",
        },
    )

__all__ = ["Dataset", "build", "index_path", "index_table", "open_dataset", "open_index", "save"]
