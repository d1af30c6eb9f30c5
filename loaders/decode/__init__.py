"""Bytes become arrays, arrays become batches."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.loaders.decode.batch import Piece as Piece
    from faceshards.loaders.decode.batch import merge as merge
    from faceshards.loaders.decode.batch import put as put
    from faceshards.loaders.decode.batch import stack as stack
    from faceshards.loaders.decode.buffers import Buffers as Buffers
    from faceshards.loaders.decode.buffers import lend as lend
    from faceshards.loaders.decode.dense import gather as gather
    from faceshards.loaders.decode.dense import stacked as stacked
    from faceshards.loaders.decode.dense import uniform as uniform
else:
    __getattr__ = lazy(
        __name__, {"batch": "Piece merge put stack", "buffers": "Buffers lend", "dense": "gather stacked uniform"}
    )

__all__ = ["Buffers", "Piece", "gather", "lend", "merge", "put", "stack", "stacked", "uniform"]
