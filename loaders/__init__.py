"""Shards become batches: plan, fetch, decode, batch.

`from faceshards.loaders import ShardDataset` is the way in; torch is imported when it is asked for.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faceshards.loaders.dataset import ShardDataset as ShardDataset
    from faceshards.loaders.loader import Loader as Loader

__all__ = ["Loader", "ShardDataset"]


def __getattr__(name: str) -> Any:
    if name == "ShardDataset":
        from faceshards.loaders.dataset import ShardDataset

        return ShardDataset
    if name == "Loader":
        from faceshards.loaders.loader import Loader

        return Loader
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
