"""TensorFlow Lite models: Google's LiteRT is imported here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from faceshards.errors import StageError
from faceshards.models.sessions.session import Shape


class LiteRtSession:
    """A .tflite file on the CPU: see `open_session`. An input takes another number of rows than the file says, where
    the network itself does: the first axis of all inputs alike.
    """

    def __init__(self, model: Path, device: str = "cpu", threads: int = 1) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise StageError("ai-edge-litert is not installed; pip install 'faceshards[litert]'") from error
        if device != "cpu":
            raise StageError(f"device {device!r} was asked for, and LiteRT runs on the CPU alone here")
        try:
            self._net = Interpreter(model_path=str(model), num_threads=threads or None)
            self._net.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise StageError(f"{model} cannot be opened as a TensorFlow Lite model: {error!s:.200}") from error
        self._inputs = {item["name"]: item for item in self._net.get_input_details()}
        self._outputs = {item["name"]: item["index"] for item in self._net.get_output_details()}
        self._rows = 1

    @property
    def inputs(self) -> dict[str, Shape]:
        """Name of each input -> its shape, as the file has it."""
        return {name: tuple(int(side) for side in item["shape"]) for name, item in self._inputs.items()}

    def run(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Name of each output -> its array. Raises StageError for a number of rows that the network does not take."""
        self._resize(len(next(iter(feeds.values()))))
        for name, array in feeds.items():
            self._net.set_tensor(self._inputs[name]["index"], np.ascontiguousarray(array, self._inputs[name]["dtype"]))
        self._net.invoke()
        return {name: self._net.get_tensor(index) for name, index in self._outputs.items()}

    def _resize(self, rows: int) -> None:
        if rows == self._rows:
            return
        try:
            for item in self._inputs.values():
                self._net.resize_tensor_input(item["index"], [rows, *item["shape"][1:]], strict=False)
            self._net.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise StageError(f"the network does not take {rows} rows at once: {error!s:.200}") from error
        self._rows = rows
