"""TensorFlow Lite models: Google's LiteRT is imported here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Lock

import numpy as np

from faceshards.errors import StageError
from faceshards.models.sessions.native_stderr import without_lines
from faceshards.models.sessions.session import Shape


class LiteRtSession:
    """A .tflite file on the CPU: see `open_session`. Rows, the first axis of all inputs, run one after the other.

    The reshapes inside such files know a single row: given more at once, some networks run and mix them up in what
    they return, and none of MediaPipe's is faster for it on the CPU. Threads take turns.
    """

    def __init__(self, model: Path, device: str = "cpu", threads: int = 1) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise StageError("ai-edge-litert is not installed; pip install 'faceshards[litert]'") from error
        if device != "cpu":
            raise StageError(f"device {device!r} was asked for, and LiteRT runs on the CPU alone here")
        try:
            with without_lines(b"INFO: "):  # that it made a delegate
                self._net = Interpreter(model_path=str(model), num_threads=threads or None)
                self._net.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            said = " ".join(str(error).split())
            raise StageError(f"{model} cannot be opened as a TensorFlow Lite model: {said:.200}") from error
        self._turn = Lock()  # an interpreter holds the arrays of one run
        self._inputs = {item["name"]: item for item in self._net.get_input_details()}
        self._outputs = {item["name"]: item for item in self._net.get_output_details()}

    @property
    def inputs(self) -> dict[str, Shape]:
        """Name of each input -> its shape, as the file has it."""
        return {name: tuple(int(side) for side in item["shape"]) for name, item in self._inputs.items()}

    def run(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Name of each output -> its array, (rows, ...)."""
        with self._turn:
            return self._rows(feeds)

    def _rows(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        rows = len(next(iter(feeds.values())))
        results = {name: np.empty((rows, *out["shape"][1:]), out["dtype"]) for name, out in self._outputs.items()}
        for row in range(rows):
            for name, array in feeds.items():
                self._net.set_tensor(
                    self._inputs[name]["index"],
                    array[row : row + 1].astype(self._inputs[name]["dtype"], copy=False),
                )
            self._net.invoke()
            for name, out in self._outputs.items():
                results[name][row] = self._net.get_tensor(out["index"])[0]
        return results
