"""An ONNX network that takes rows, as many at a time as it was seen to treat alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np

from faceshards.errors import StageError
from faceshards.models.sessions.free_batch import freed
from faceshards.models.sessions.onnx import OnnxSession
from faceshards.models.sessions.session import Session

# How far results in a batch may be from those alone, as a share of the largest: other kernels sum in another order.
_APART = 1e-4

#: How a network comes to run several rows at a time: its file lets it, its file was rewritten, or not at all.
Batching = Literal["free", "rewritten", "one"]


class RowNet:
    """A model file of one input (rows, ...), whose first axis is free or one.

    Where `batch` rows at a time give each row what it gets alone, in any order, `batch` stays as asked, else it is 1. A
    first axis that is fixed at one is rewritten for that (`free_batch`), in memory. This is tried on noise between 0
    and `high`. `batch` is what came of it, `batching` how; `shape` is a row's, `probe` the outputs of one row by name,
    (1, ...). Other axes that are free are of `side`, where it is given. Raises StageError for a file of another kind.
    """

    def __init__(self, model: Path, batch: int, high: float, device: str = "cpu", side: int | None = None) -> None:
        self._session: Session = OnnxSession(model, device)
        self._input, self.shape = _input_of(model, self._session, side)
        noise = np.random.default_rng(0).random((batch, *self.shape)) * high
        self.probe = self.run(noise[:1])
        self.batching: Batching = "one"
        several, batching = batched(model, self._session, {self._input: noise.astype(np.float32)}, device)
        if several is not None:
            self._session, self.batching = several, batching
        self.batch = batch if several is not None else 1

    def run(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Name of each output -> its array, for `batch` rows, (batch, ...)."""
        return self._session.run({self._input: np.ascontiguousarray(rows, np.float32)})


def batched(
    model: Path, alone: Session, rows: Mapping[str, np.ndarray], device: str = "cpu"
) -> tuple[Session | None, Batching]:
    """A session of a model file that takes the `rows` of its inputs, (n, ...), at once, and how it came to be; None
    where none does what the session `alone` does with each of them.
    """
    fixed = any(shape[:1] == (1,) for shape in alone.inputs.values())
    several = _rewritten(model, device) if fixed else alone
    if several is None or not _is_same(alone, several, rows):
        return None, "one"
    return several, "rewritten" if fixed else "free"


def _input_of(model: Path, session: Session, side: int | None) -> tuple[str, tuple[int, ...]]:
    """The name of the only input, and the shape of a row of it, its free axes being of `side`."""
    inputs = session.inputs
    if len(inputs) == 1:
        ((name, (first, *axes)),) = inputs.items()
        sides = [axis if isinstance(axis, int) or side is None else side for axis in axes]
        if sides and all(isinstance(side, int) for side in sides) and (first == 1 or not isinstance(first, int)):
            return name, tuple(int(side or 0) for side in sides)
    raise StageError(
        f"{model}: its inputs are {dict(inputs)}: there must be one, (rows, ...), its rows free or 1, all else fixed"
    )


def _rewritten(model: Path, device: str) -> Session | None:
    """The session of a file whose first axis is made free; None where that makes no model."""
    try:
        return OnnxSession(freed(model.read_bytes()), device)
    except StageError:
        return None


def _is_same(alone: Session, several: Session, rows: Mapping[str, np.ndarray]) -> bool:
    """Whether a session gives each of several rows what it gives it in another place, and what another session gives it
    alone; and whether that could be seen: rows that differ have results that differ.
    """
    try:
        there = several.run(rows)
        back = several.run({name: one[::-1].copy() for name, one in rows.items()})
    except Exception:  # noqa: BLE001 - onnxruntime's errors share no base class: the graph holds on to one row
        return False
    first, last = (alone.run({name: one[row][None] for name, one in rows.items()}) for row in (0, -1))
    count = len(next(iter(rows.values())))
    return (
        all(one.shape == (count, *first[name].shape[1:]) for name, one in there.items())
        and all(np.array_equal(one[::-1], back[name]) for name, one in there.items())
        and all(_near(one[[0, -1]], np.concatenate([first[name], last[name]])) for name, one in there.items())
        and any(not np.array_equal(one[0], one[-1]) for one in there.values())
    )


def _near(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.abs(one - other).max(initial=0) <= _APART * np.abs(other).max(initial=0))
