"""ONNX sessions: a device that was asked for and is absent is an error, as is a file that is no model."""

from pathlib import Path

import pytest

from faceshards.errors import StageError
from faceshards.models.sessions.session import Session


def test_a_gpu_that_is_absent_is_an_error(real: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has a GPU")
    with pytest.raises(StageError, match=r"'cuda' was asked for.*CPUExecutionProvider"):
        Session(real / "weights" / "pfld_68.onnx", device="cuda")


def test_an_unknown_device_and_a_file_that_is_no_model(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    (tmp_path / "a.onnx").write_bytes(b"not a model")
    with pytest.raises(StageError, match="one of cpu, cuda"):
        Session(tmp_path / "a.onnx", device="tpu")
    with pytest.raises(StageError, match="cannot be opened"):
        Session(tmp_path / "a.onnx")


def test_inputs_and_outputs_have_their_names(real: Path) -> None:
    import numpy as np

    session = Session(real / "weights" / "open_closed_eye.onnx", threads=1)
    assert session.inputs == {"input.1": (1, 3, 32, 32)}
    outputs = session.run(np.zeros((1, 3, 32, 32), np.float32))
    assert outputs["19"].shape == (1, 2, 1, 1) and abs(float(outputs["19"].sum()) - 1) < 1e-5
