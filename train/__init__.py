"""Commands that train models on shards."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.train.batches import Batches as Batches
    from faceshards.train.batches import TrainingData as TrainingData
    from faceshards.train.loop import TrainingRun as TrainingRun
    from faceshards.train.options import TrainingOptions as TrainingOptions
    from faceshards.train.repeatable import deterministic as deterministic
else:
    __getattr__ = lazy(
        __name__,
        {
            "batches": "Batches TrainingData",
            "loop": "TrainingRun",
            "options": "TrainingOptions",
            "repeatable": "deterministic",
        },
    )

__all__ = ["Batches", "TrainingData", "TrainingOptions", "TrainingRun", "deterministic"]
