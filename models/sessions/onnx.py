"""ONNX models: onnxruntime is imported here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from faceshards.errors import StageError
from faceshards.models.sessions.session import Shape

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class OnnxSession:
    """An ONNX file, or the bytes of one, opened on one device: see `open_session`."""

    def __init__(self, model: Path | bytes, device: str = "cpu", threads: int = 1) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise StageError("onnxruntime is not installed; pip install 'faceshards[onnx]'") from error
        provider = _provider(device, onnxruntime.get_available_providers())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = threads
        options.log_severity_level = 4  # its errors are raised, and need not be on the screen, too
        source, name = (model, "the model") if isinstance(model, bytes) else (str(model), model)
        try:
            self._session = onnxruntime.InferenceSession(source, options, providers=[provider])
        except Exception as error:  # onnxruntime's errors share no base class of their own
            raise StageError(f"{name} cannot be opened as an ONNX model: {error!s:.200}") from error
        if provider not in self._session.get_providers():  # it falls back to the CPU without a word
            raise StageError(f"device {device!r} was asked for and onnxruntime cannot use it")
        self._outputs = [item.name for item in self._session.get_outputs()]

    @property
    def inputs(self) -> dict[str, Shape]:
        """Name of each input -> its shape."""
        return {item.name: tuple(item.shape) for item in self._session.get_inputs()}

    def run(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Name of each output -> its array."""
        outputs: list[Any] = self._session.run(self._outputs, dict(feeds))
        return dict(zip(self._outputs, outputs, strict=True))


def _provider(device: str, available: list[str]) -> str:
    if device not in _PROVIDERS:
        raise StageError(f"device must be one of {', '.join(_PROVIDERS)}, got {device!r}")
    if _PROVIDERS[device] not in available:
        raise StageError(
            f"device {device!r} was asked for and this onnxruntime offers {', '.join(available)}; "
            "install onnxruntime-gpu and its CUDA libraries, or ask for cpu"
        )
    return _PROVIDERS[device]
