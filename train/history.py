"""The losses of a run: `losses.csv`, one row a step, and TensorBoard's scalars beside it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from types import TracebackType
from typing import Any

from faceshards.errors import UsageError
from faceshards.shards.storage.atomic import write_atomic

_SPAN = 5


class History:
    """Records the losses of every step; opened at the step where a run goes on, it keeps the rows up to there
    and drops later ones.

    `losses.csv`: the columns are `step` and the names of the first step's losses; floats are written so that
    they read back bit for bit.
    """

    def __init__(self, folder: Path, step: int = 0) -> None:
        from torch.utils.tensorboard import SummaryWriter  # costs seconds

        self.path = folder / "losses.csv"
        self.losses = _keep(self.path, step)
        self._file = self.path.open("a", encoding="utf-8", newline="")
        self._scalars = SummaryWriter(str(folder), purge_step=step + 1)

    def add(self, step: int, losses: Mapping[str, float]) -> None:
        """One step's losses; on disk at once, so that a kill loses none."""
        out = csv.writer(self._file, lineterminator="\n")
        if not self.losses:
            out.writerow(["step", *losses])
        out.writerow([step, *(repr(value) for value in losses.values())])
        self._file.flush()
        self.losses.append(losses["loss"])
        for name, value in losses.items():
            self._scalars.add_scalar(f"train/{name}", value, step)

    def summary(self) -> dict[str, Any]:
        """The first and the last loss, and the means of the first and last five steps."""
        return {
            "steps": len(self.losses),
            "first": self.losses[0],
            "last": self.losses[-1],
            "first_mean": fmean(self.losses[:_SPAN]),
            "last_mean": fmean(self.losses[-_SPAN:]),
        }

    def close(self) -> None:
        """Closes the files."""
        self._file.close()
        self._scalars.close()

    def __enter__(self) -> History:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _keep(path: Path, steps: int) -> list[float]:
    """Cuts the file after its first `steps` steps and returns their losses. Raises UsageError when it has fewer."""
    lines = path.read_text("utf-8").splitlines(keepends=True) if steps and path.exists() else []
    kept = lines[: steps + 1]
    if steps and len(kept) <= steps:
        raise UsageError(f"{path} has fewer rows than the checkpoint beside it has steps ({steps}): give another --out")
    write_atomic(path, "".join(kept).encode("utf-8"))
    return [float(row["loss"]) for row in csv.DictReader(kept)]
