"""inswapper_128: what it sees of a face and of a person, and how its map between the two spaces is found."""

import numpy as np
import pytest

from faceshards.errors import StageError
from faceshards.models.sessions.inswapper import InSwapper
from tests.models.sessions.face_networks import inswapper
from tests.models.sessions.graphs import node, write

pytest.importorskip("onnxruntime")


def test_it_sees_rgb_from_0_to_1_and_a_person_by_the_map_in_its_file(tmp_path):
    """The map turns the numbers of a person round: what was last comes first."""
    net = InSwapper(inswapper(tmp_path / "a.onnx", emap=2 * np.eye(512, dtype=np.float32)[::-1].copy()), batch=2)
    person = np.zeros((2, 512), np.float32)
    person[0, -3:], person[1, -1] = [0.0, 0.6, 0.8], 1.0
    latents = net.latents(person)
    assert np.allclose(latents[0, :3], [0.8, 0.6, 0.0]) and np.allclose(np.linalg.norm(latents, axis=1), 1)
    faces = np.random.default_rng(0).integers(0, 256, (2, 128, 128, 3), np.uint8)
    (drawn,) = net.run(faces, latents)
    assert net.batch == 2 and drawn.dtype == np.uint8
    assert np.abs(drawn[0] - faces[0] * np.array([0.8, 0.6, 0.0])).max() <= 0.51
    assert np.abs(drawn[1] - faces[1] * np.array([1.0, 0.0, 0.0])).max() <= 0.51


def test_a_batch_is_each_face_alone(tmp_path):
    random = np.random.default_rng(0)
    faces, latents = random.integers(0, 256, (4, 128, 128, 3), np.uint8), random.normal(size=(4, 512)) / 22
    model = inswapper(tmp_path / "a.onnx", seed=3)
    together, alone = InSwapper(model, batch=4), InSwapper(model, batch=1)
    (drawn,) = together.run(faces, latents)
    assert (together.batch, together.batching, alone.batch) == (4, "rewritten", 1)
    one_by_one = np.concatenate([alone.run(faces[i : i + 1], latents[i : i + 1])[0] for i in range(4)])
    assert np.abs(drawn.astype(int) - one_by_one).max() <= 1
    assert np.array_equal(together.run(faces[::-1], latents[::-1])[0][::-1], drawn)


def test_another_network_is_refused(tmp_path):
    same = {"in": [1, 3, 128, 128]}
    other = write(tmp_path / "a.onnx", [node("Neg", "in", "out")], same, {"out": [1, 3, 128, 128]}, {})
    with pytest.raises(StageError, match=r"no inswapper: its inputs are .*, must be \(1, 3, 128, 128\) and \(1, 512\)"):
        InSwapper(other)
    with pytest.raises(StageError, match=r"is of \(512, 256\), must be \(512, 512\)"):
        InSwapper(inswapper(tmp_path / "b.onnx", emap=np.zeros((512, 256), np.float32)))
    nodes = [node("Mul", "target unit", "output"), node("Identity", "source", "unused")]
    both = {"target": [1, 3, 128, 128], "source": [1, 512]}
    model = write(tmp_path / "c.onnx", nodes, both, {"output": [1, 3, 128, 128], "unused": [1, 512]}, {})
    with pytest.raises(StageError):
        InSwapper(model)
