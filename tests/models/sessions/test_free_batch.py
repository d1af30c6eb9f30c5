"""Files whose first axis is fixed at one: which of their numbers change, and which do not."""

import numpy as np
import pytest

from faceshards.models.sessions.free_batch import _model_class, freed
from faceshards.models.sessions.onnx import OnnxSession
from tests.models.sessions.graphs import node, write

pytest.importorskip("onnxruntime")
ROWS = np.arange(24, dtype=np.float32).reshape(4, 6)


def model(path, *nodes, out=(1, 3, 2), **constants):
    return write(path, nodes, {"in": [1, 6]}, {"out": out}, constants).read_bytes()


def results(body):
    session = OnnxSession(body)
    assert isinstance(session.inputs["in"][0], str) and session.inputs["in"][1:] == (6,)
    return session.run({"in": ROWS})["out"]


def test_targets_of_reshapes_wherever_they_stand(tmp_path):
    """As a constant's bytes, as its numbers, and in a node."""
    target = np.array([1, 3, 2])
    plain = model(tmp_path / "a.onnx", node("Reshape", "in target", "out"), target=target)
    nodes = node("Constant", "", "target", value=target), node("Reshape", "in target", "out")
    inside = model(tmp_path / "b.onnx", *nodes)
    parsed = _model_class().FromString(plain)
    (tensor,) = parsed.graph.initializer
    tensor.ClearField("raw_data")
    tensor.int64_data.extend(target.tolist())
    for body in (plain, inside, parsed.SerializeToString()):
        np.testing.assert_array_equal(results(freed(body)), ROWS.reshape(4, 3, 2))


def test_other_numbers_stay(tmp_path):
    """A target that does not begin with one, a constant that is no target, weights whose first axis is one."""
    nodes = [node("Add", "in one", "more"), node("Reshape", "more target", "out")]
    constants = {"one": np.ones((1, 6), np.float32), "target": np.array([-1, 2, 3])}
    body = model(tmp_path / "a.onnx", *nodes, out=(1, 2, 3), **constants)
    np.testing.assert_array_equal(results(freed(body)), (ROWS + 1).reshape(4, 2, 3))
    assert freed(freed(body)) == freed(body)


def test_what_is_no_model_is_an_error():
    from google.protobuf.message import DecodeError

    with pytest.raises(DecodeError):
        freed(b"no model")
