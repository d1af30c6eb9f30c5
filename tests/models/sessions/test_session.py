"""Sessions: a device that was asked for and is absent is an error, as is a file that is no model."""

from pathlib import Path

import pytest

from faceshards.errors import StageError, UsageError, WeightsError
from faceshards.models.sessions.session import open_session
from faceshards.models.weights.registry import find


def test_a_gpu_that_is_absent_is_an_error(real: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has a GPU")
    with pytest.raises(StageError, match=r"'cuda' was asked for.*CPUExecutionProvider"):
        open_session(real / "weights" / "pfld_68.onnx", device="cuda")


def test_an_unknown_device_and_a_file_that_is_no_model(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    (tmp_path / "a.onnx").write_bytes(b"not a model")
    with pytest.raises(UsageError, match="must be cpu, cuda or cuda:NUMBER"):
        open_session(tmp_path / "a.onnx", device="tpu")
    with pytest.raises(StageError, match="cannot be opened"):
        open_session(tmp_path / "a.onnx")


def test_inputs_and_outputs_have_their_names(real: Path) -> None:
    import numpy as np

    session = open_session(real / "weights" / "open_closed_eye.onnx", threads=1)
    assert session.inputs == {"input.1": (1, 3, 32, 32)}
    outputs = session.run({"input.1": np.zeros((1, 3, 32, 32), np.float32)})
    assert outputs["19"].shape == (1, 2, 1, 1) and abs(float(outputs["19"].sum()) - 1) < 1e-5


@pytest.mark.parametrize("model", ["iris_landmark", "face_detection_short_range"])
def test_each_row_of_a_tensorflow_lite_model_is_its_own(model: str) -> None:
    """A detector's outputs are joined from maps of several sizes: rows that run at once are mixed up there."""
    import numpy as np

    pytest.importorskip("ai_edge_litert")
    session = open_session(weights(model))
    ((name, shape),) = session.inputs.items()
    pictures = np.random.default_rng(0).random((3, *shape[1:])).astype(np.float32)
    together = session.run({name: pictures})
    alone = [session.run({name: pictures[row : row + 1]}) for row in range(3)]
    for output, values in together.items():
        assert np.array_equal(values, np.concatenate([one[output] for one in alone])) and np.ptp(values, axis=0).any()
        assert session.run({name: pictures[:0]})[output].shape == (0, *values.shape[1:])


def test_what_is_no_tensorflow_lite_model_is_said(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    (tmp_path / "a.tflite").write_bytes(b"not a model")
    with pytest.raises(StageError, match="cannot be opened as a TensorFlow Lite model"):
        open_session(tmp_path / "a.tflite")
    with pytest.raises(StageError, match="LiteRT runs on the CPU alone"):
        open_session(tmp_path / "a.tflite", device="cuda")
    with pytest.raises(StageError, match=r"must be .onnx or .tflite"):
        open_session(tmp_path / "a.bin")


def weights(name: str) -> Path:
    """An embedded model file; the test is skipped where it is not here."""
    try:
        return find(name)
    except WeightsError as error:
        pytest.skip(f"{error}")
