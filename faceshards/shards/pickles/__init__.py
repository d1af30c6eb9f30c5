"""Old pickles, read without running them: arrays and plain values only."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.shards.pickles.unpickle import load_arrays as load_arrays
else:
    __getattr__ = lazy(__name__, {"unpickle": "load_arrays"})

__all__ = ["load_arrays"]
