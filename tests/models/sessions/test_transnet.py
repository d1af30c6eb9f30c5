"""TransNetV2's signature, on a graph that says how bright each frame of its window is."""

from pathlib import Path

import numpy as np
import pytest

from faceshards.errors import StageError
from faceshards.models.sessions.transnet import TransNet
from tests.models.sessions.graphs import UINT8, node, write

pytest.importorskip("onnxruntime")


def export(path: Path, kind: int = UINT8, frames: int = 100, channel: tuple[int, int, int] = (1, 0, 0)) -> Path:
    """A network with the signature of an export by torch: a frame's logit is the mean of its red values, less 128."""
    nodes = [
        node("Cast", "input", "values", to=1),
        node("Mul", "values red", "reds"),
        node("ReduceMean", "reds", "mean", axes=[2, 3, 4], keepdims=0),
        node("Sub", "mean middle", "flat"),
        node("Unsqueeze", "flat last", "logits"),
    ]
    constants = {
        "red": np.array(channel, np.float32) * 3,
        "middle": np.array([128], np.float32),
        "last": np.array([2], np.int64),
    }
    return write(path, nodes, {"input": [1, frames, 27, 48, 3]}, {"logits": [1, frames, 1]}, constants, kind)


@pytest.mark.parametrize("kind", [UINT8, 1])
def test_each_frame_has_its_own_answer_red_first_and_values_as_they_are(tmp_path, kind):
    windows = np.zeros((2, 100, 27, 48, 3), np.uint8)
    windows[0, :, ..., 0] = np.arange(100)[:, None, None] + 78
    windows[1, 7, ..., 0] = 129
    windows[..., 2] = 255
    (likely,) = TransNet(export(tmp_path / "t.onnx", kind)).run(windows)
    assert likely.shape == (2, 100) and likely.dtype == np.float32
    np.testing.assert_allclose(likely[0], 1 / (1 + np.exp(50.0 - np.arange(100))), rtol=1e-4)
    assert likely[1, 7] == pytest.approx(1 / (1 + np.exp(-1.0))) and likely[1, 6] < 1e-6


def test_what_takes_something_else_is_no_transnet(tmp_path):
    with pytest.raises(StageError, match=r"is no TransNetV2: it must take one input \(n, 100, 27, 48, 3\)"):
        TransNet(export(tmp_path / "t.onnx", frames=50))


def test_what_is_no_number_is_refused(tmp_path):
    net = TransNet(export(tmp_path / "t.onnx", channel=(np.nan, 0, 0)))
    with pytest.raises(ValueError, match="NaN"):
        net.run(np.ones((1, 100, 27, 48, 3), np.uint8))
