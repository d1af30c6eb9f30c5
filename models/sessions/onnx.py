"""ONNX models: onnxruntime is imported here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from faceshards.errors import StageError
from faceshards.models.device import gpu_of
from faceshards.models.sessions.session import Shape

# So that a GPU's results are the CPU's but for the last bits, whenever it runs: no products of 10 bits, and kernels by
# rule, where the default is those that were fastest when the file was opened.
_EXACT = {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}


class OnnxSession:
    """An ONNX file, or the bytes of one, opened on one device: see `open_session`."""

    def __init__(self, model: Path | bytes, device: str = "cpu", threads: int = 1) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise StageError("onnxruntime is not installed; pip install 'faceshards[onnx]'") from error
        provider, how = _provider(device, onnxruntime.get_available_providers())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = threads
        options.log_severity_level = 4  # its errors are raised, and need not be on the screen, too
        source, name = (model, "the model") if isinstance(model, bytes) else (str(model), model)
        try:
            self._session = onnxruntime.InferenceSession(source, options, providers=[(provider, how)])
        except Exception as error:  # onnxruntime's errors share no base class of their own
            said = " ".join(str(error).split())
            raise StageError(f"{name} cannot be opened as an ONNX model: {said:.200}") from error
        if provider not in self._session.get_providers():  # it falls back to the CPU without a word
            raise StageError(
                f"device {device!r} was asked for and onnxruntime cannot use it: see that its driver and the CUDA "
                "libraries of onnxruntime-gpu are installed, or ask for cpu"
            )
        self._outputs = [item.name for item in self._session.get_outputs()]

    @property
    def inputs(self) -> dict[str, Shape]:
        """Name of each input -> its shape."""
        return {item.name: tuple(item.shape) for item in self._session.get_inputs()}

    @property
    def dtypes(self) -> dict[str, np.dtype]:
        """Name of each input -> the type of its numbers."""
        kinds = {item.name: item.type.removeprefix("tensor(").removesuffix(")") for item in self._session.get_inputs()}
        return {
            name: np.dtype({"float": "float32", "double": "float64"}.get(kind, kind)) for name, kind in kinds.items()
        }

    def run(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Name of each output -> its array."""
        outputs: list[Any] = self._session.run(self._outputs, dict(feeds))
        return dict(zip(self._outputs, outputs, strict=True))


def _provider(device: str, available: list[str]) -> tuple[str, dict[str, str]]:
    """The name of what runs a network on a device, and its options."""
    gpu = gpu_of(device)
    provider = "CPUExecutionProvider" if gpu is None else "CUDAExecutionProvider"
    if provider not in available:
        raise StageError(
            f"device {device!r} was asked for and this onnxruntime offers {', '.join(available)}; "
            "put onnxruntime-gpu in its place (pip install 'faceshards[onnx-gpu]'), or ask for cpu"
        )
    return provider, {} if gpu is None else {"device_id": str(gpu), **_EXACT}
