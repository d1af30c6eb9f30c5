"""Shards become batches: plan, fetch, decode, batch, mix.

`from faceshards.loaders import Mix, ShardDataset, Window` is the way in; torch is imported when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faceshards.loaders.dataset import ShardDataset as ShardDataset
    from faceshards.loaders.mix import Mix as Mix
    from faceshards.loaders.serve.loader import Loader as Loader
    from faceshards.loaders.units.window import Window as Window

_HOMES = {"Loader": "serve.loader", "Mix": "mix", "ShardDataset": "dataset", "Window": "units.window"}

__all__ = ["Loader", "Mix", "ShardDataset", "Window"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"faceshards.loaders.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
