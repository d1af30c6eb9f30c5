"""Batches for a trainer, out of workers."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.loaders.serve.deaths import WorkerDied as WorkerDied
    from faceshards.loaders.serve.loader import Loader as Loader
else:
    __getattr__ = lazy(__name__, {"deaths": "WorkerDied", "loader": "Loader"})

__all__ = ["Loader", "WorkerDied"]
