"""The folder of a run: its checkpoints, which a killed run goes on from, and the lease that keeps a second one out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from faceshards.errors import UsageError
from faceshards.models import checkpoint
from faceshards.models.checkpoint import Checkpoint
from faceshards.shards.storage.atomic import storage_errors
from faceshards.shards.storage.lease import lease

#: The newest checkpoint, and the one whose loss on held-out data is the least.
LATEST, BEST = "checkpoint.pt", "best.pt"


class RunFolder:
    """The checkpoints in `path`; within its block nobody else writes them. Of several processes only the one that
    `writes` makes the folder, takes the lease, for which it waits `patience`
    seconds, and saves.
    """

    def __init__(self, path: Path, writes: bool = True, patience: float = 0.0) -> None:
        self.path, self._writes, self._patience, self._held = path, writes, patience, ExitStack()

    def save(self, saved: Checkpoint, *, best: bool = False) -> None:
        """Writes the newest checkpoint, whole or not at all; and where it is the `best` so far that one before: a kill
        between the two costs nothing, as the newest then leads to the best again. Raises StorageError.
        """
        for name in (BEST, LATEST) if best else (LATEST,):
            if self._writes:
                checkpoint.save(saved, self.path / name)

    def newest(self, tell: Callable[[str], None]) -> Checkpoint | None:
        """The checkpoint to go on from: the newest, or the best where that one is damaged, which is told. None where
        there is none yet. Raises UsageError where none can be read.
        """
        latest, best = self.path / LATEST, self.path / BEST
        if not latest.exists():
            return None
        try:
            return checkpoint.load(latest)
        except UsageError as error:
            if not best.exists():
                raise
            saved = checkpoint.load(best)
            tell(f"{error}: going on from {best}, step {saved.step}")
            return saved

    def __enter__(self) -> RunFolder:
        if self._writes:
            with storage_errors(self.path):
                self.path.mkdir(parents=True, exist_ok=True)
            self._held.enter_context(lease(self.path / LATEST, patience=self._patience))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()


def refuse_taken(path: Path, resume: bool) -> None:
    """Raises UsageError for a folder that holds a run already, where none is to be resumed."""
    if (path / LATEST).exists() and not resume:
        raise UsageError(f"{path} holds a checkpoint already: give --resume to go on from it, or another --out")
