"""What a run was like: `losses.csv`, a row a step, `validation.csv`, a row each time, and the same on its boards."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from types import TracebackType
from typing import Any

from faceshards.errors import UsageError
from faceshards.shards.storage.atomic import storage_errors, write_atomic
from faceshards.train.boards import Board, TensorBoard

_SPAN = 5


class History:
    """Records the losses of every step; opened at the step where a run goes on, it keeps the rows up to there
    and drops later ones. One that does not write only remembers.

    `losses.csv`: the columns are `step` and the names of the first step's values; floats are written so that
    they read back bit for bit.
    """

    def __init__(self, folder: Path, step: int = 0, boards: Sequence[Board] = (), *, writes: bool = True) -> None:
        self.path = folder / "losses.csv"
        self.losses: list[float] = []
        self._tables: list[Table] = []
        self._boards: list[Board] = []
        if writes:
            rows = Table(self.path, step, steps_are_rows=True)
            self.losses = [float(row["loss"]) for row in rows.kept]
            self._tables = [rows, Table(folder / "validation.csv", step)]
            with storage_errors(folder):
                self._boards = [TensorBoard(folder, step), *boards]

    def add(self, step: int, values: Mapping[str, float], pace: Mapping[str, float | None] | None = None) -> None:
        """One step's losses, and what else is said of it; on disk at once, so that a kill loses none. `pace` goes to
        the boards alone: it is another each time.
        """
        self.losses.append(values["loss"])
        for table in self._tables[:1]:
            table.add(step, values)
        known = {f"pace/{name}": value for name, value in (pace or {}).items() if value is not None}
        self._show({f"train/{name}": value for name, value in values.items()} | known, step)

    def validated(self, step: int, metrics: Mapping[str, float]) -> None:
        """What held-out data say after a step; nothing where nobody asked them."""
        if not metrics:
            return
        for table in self._tables[1:]:
            table.add(step, metrics)
        self._show({f"validation/{name}": value for name, value in metrics.items()}, step)

    def _show(self, values: Mapping[str, float], step: int) -> None:
        for board in self._boards:
            with storage_errors(self.path.parent):
                board.scalars(values, step)

    @property
    def boards(self) -> Sequence[Board]:
        """Where pictures and sounds go, too."""
        return self._boards

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
        for table in self._tables:
            table.close()
        for board in self._boards:
            board.close()

    def __enter__(self) -> History:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Table:
    """A csv file of numbers by step, cut after `step` when it is opened; `kept` are the rows that stay.

    Raises UsageError where there should be a row for each step (`steps_are_rows`) and some are missing.
    """

    def __init__(self, path: Path, step: int, *, steps_are_rows: bool = False) -> None:
        self._path = path
        lines = path.read_text("utf-8").splitlines(keepends=True) if step and path.exists() else []
        cut = [lines[0], *(one for one in lines[1:] if _at(one) <= step)] if lines else []
        self.kept = list(csv.DictReader(cut))
        if steps_are_rows and len(self.kept) < step:
            raise UsageError(
                f"{path} has fewer rows than the checkpoint beside it has steps ({step}): give another --out"
            )
        if steps_are_rows or path.exists():
            write_atomic(path, "".join(cut).encode("utf-8"))
        self._file: Any = None
        self._begun = bool(cut)

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Writes a row; the first one names the columns. Raises StorageError."""
        with storage_errors(self._path):
            if self._file is None:
                self._file = self._path.open("a", encoding="utf-8", newline="")
            out = csv.writer(self._file, lineterminator="\n")
            if not self._begun:
                out.writerow(["step", *values])
                self._begun = True
            out.writerow([step, *(repr(value) for value in values.values())])
            self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()


def _at(line: str) -> int:
    """The step of a row; of one that a kill cut before its end, the digits that are there may be another's."""
    digits = line.partition(",")[0]
    return int(digits) if line.endswith("\n") and digits.isdecimal() else 1 << 62
