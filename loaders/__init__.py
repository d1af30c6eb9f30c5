"""Shards become batches: plan, fetch, decode, batch, mix.

`from faceshards.loaders import Mix, ShardDataset, Window` is the way in; torch is imported when it is asked for.
"""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.loaders.dataset import ShardDataset as ShardDataset
    from faceshards.loaders.decode.rgb import to_rgb as to_rgb
    from faceshards.loaders.mix import Mix as Mix
    from faceshards.loaders.serve.loader import Loader as Loader
    from faceshards.loaders.units.window import Window as Window
else:
    __getattr__ = lazy(
        __name__,
        {
            "dataset": "ShardDataset",
            "mix": "Mix",
            "serve.loader": "Loader",
            "units.window": "Window",
            "decode.rgb": "to_rgb",
        },
    )

__all__ = ["Loader", "Mix", "ShardDataset", "Window", "to_rgb"]
