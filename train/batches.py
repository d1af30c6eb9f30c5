"""Where a training's batches come from: our loader, or the classic webdataset pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from faceshards.errors import UsageError
from faceshards.loaders.dataset import ShardDataset
from faceshards.loaders.serve.view import View
from faceshards.shards.storage.url import Place

#: The names of the loaders.
LOADERS = ("shards", "webdataset")


class Batches(Protocol):
    """An epoch of batches; a loader that can also be resumed exactly has state_dict and load_state_dict."""

    def __iter__(self) -> Any: ...


@dataclass(frozen=True)
class TrainingData:
    """What to train on; samples that lack a column of the view are left out."""

    paths: Sequence[str | Place]
    loader: str = "shards"
    batch_size: int = 2
    num_workers: int = 0
    where: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.loader not in LOADERS:
            raise UsageError(f"loader must be one of {', '.join(LOADERS)}, got {self.loader!r}")
        if self.batch_size < 2:
            raise UsageError(f"batch_size must be at least 2, got {self.batch_size}: batch norm needs a batch")

    def notes(self, resume: bool) -> list[str]:
        """What the user should know of these data."""
        if resume and self.loader == "webdataset":
            return ["the webdataset loader keeps no position: after a resume the data start from the first epoch again"]
        return []

    def batches(self, view: View) -> Batches:
        """Their loader. Raises UsageError when the data make no batch."""
        if self.loader == "webdataset":
            from faceshards.loaders.webdataset import ClassicLoader

            return ClassicLoader(
                list(self.paths),
                batch_size=self.batch_size,
                num_workers=self.num_workers,
                where=self.where,
                seed=self.seed,
                view=view,
            )
        dataset = ShardDataset(list(self.paths), where=self.where, seed=self.seed, missing="skip", view=view)
        return dataset.loader(self.batch_size, self.num_workers)
