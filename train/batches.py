"""Where a training's batches come from: our loader, or the classic webdataset pipeline."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from faceshards.errors import UsageError
from faceshards.loaders.dataset import ShardDataset
from faceshards.loaders.serve.view import View
from faceshards.loaders.units.chosen import UnitView
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
    pin_memory: bool = False

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

    def batches(self, view: View | UnitView) -> Batches:
        """Their loader. Raises UsageError when the data make no batch, and for a loader that knows whole rows alone
        where the view draws something else.
        """
        if self.loader == "webdataset":
            if hasattr(view, "unit"):
                raise UsageError(f"--loader {self.loader}: what this view draws is read by the loader shards alone")
            from faceshards.loaders.webdataset import ClassicLoader

            return ClassicLoader(
                list(self.paths),
                batch_size=self.batch_size,
                num_workers=self.num_workers,
                where=self.where,
                seed=self.seed,
                view=view,
            )
        return self._loader(view, shuffle=True)

    def fixed(self, view: View | UnitView) -> Batches:
        """Each row once, in the order of the shards, the last short batch among them. Raises as `batches` does."""
        return self._loader(view, shuffle=False)

    def _loader(self, view: View | UnitView, *, shuffle: bool) -> Batches:
        dataset = ShardDataset(list(self.paths), where=self.where, seed=self.seed, missing="skip", view=view)
        return dataset.loader(
            self.batch_size,
            self.num_workers,
            pin_memory=self.pin_memory,
            shuffle=shuffle,
            worker_init_fn=_deaf,
        )


def _deaf(worker: int) -> None:
    """A terminal's Ctrl-C is heard by all processes: the one that trains ends the others, after its last step."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
