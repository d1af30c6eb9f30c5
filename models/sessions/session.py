"""A network ready to run, whatever runs it: inputs and outputs have names and shapes, and are fed by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np

from faceshards.errors import StageError

#: The axes of an array; a free one is a name or None.
Shape = tuple[int | str | None, ...]


class Session(Protocol):
    """A model file opened on one device."""

    @property
    def inputs(self) -> Mapping[str, Shape]:
        """Name of each input -> its shape."""
        ...

    def run(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Name of each output -> its array, for an array a name of `inputs`."""
        ...


def open_session(model: Path, device: str = "cpu", threads: int = 1) -> Session:
    """A model file (.onnx by onnxruntime, .tflite by LiteRT) on one device; `threads`: 0 lets the runtime choose.

    Sums differ in their last bits between numbers of threads: what goes into shards runs on one. Raises StageError:
    the runtime is not installed, the device is unknown or absent, or the file is not a model. Check the file's sha256
    first (`weights.registry.find`).
    """
    if model.suffix == ".onnx":
        from faceshards.models.sessions.onnx import OnnxSession

        return OnnxSession(model, device, threads)
    if model.suffix == ".tflite":
        from faceshards.models.sessions.litert import LiteRtSession

        return LiteRtSession(model, device, threads)
    raise StageError(f"{model} is no model that runs here: it must be .onnx or .tflite")
