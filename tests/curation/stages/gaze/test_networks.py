"""What each network of gazes sees of a picture: the eyes in their order, the part about the mesh."""

import numpy as np
import pytest

from faceshards.curation.stages.gaze.networks import NETWORKS
from faceshards.curation.stages.headpose.head_angles import CANONICAL, RIGID
from tests.models.sessions.test_adas import gazes


@pytest.fixture
def mesh() -> np.ndarray:
    """A head that looks into the camera, in the middle of 400 x 300 pixels."""
    points = np.full((478, 3), [200.0, 150, 0], np.float32)
    placed = CANONICAL + np.array([0, 0, 60.0])
    points[RIGID, :2] = np.array([200, 150]) + 400 * placed[:, :2] / placed[:, 2:]
    return points


def test_adas_sees_the_eye_on_the_picture_s_left_first_and_the_head_s_turn(mesh, tmp_path):
    pytest.importorskip("onnxruntime")
    picture = np.zeros((300, 400, 3), np.uint8)
    picture[:, :200], picture[:, 200:] = [250, 0, 0], [0, 0, 250]
    network = NETWORKS["adas"](gazes(tmp_path / "gaze.onnx"), "cpu")
    eyes, head = network.seen(picture, mesh)
    assert eyes.shape == (1, 2, 60, 60, 3) and head.shape == (1, 3) and np.abs(head).max() < 0.1
    assert eyes[0, 0].mean(axis=(0, 1)).round().tolist() == [250, 0, 0]
    assert eyes[0, 1].mean(axis=(0, 1)).round().tolist() == [0, 0, 250]


def test_l2cs_sees_the_box_about_the_mesh(mesh, tmp_path):
    torch = pytest.importorskip("torch")
    from tests.models.nets.test_l2cs import looking

    torch.save(looking(across=0, up=0), tmp_path / "x.pkl")
    mesh[:468, :2] = [200, 150]
    mesh[0, :2], mesh[1, :2], mesh[470, :2] = (100, 50), (300, 250), (0, 0)  # an iris does not count
    picture = np.zeros((300, 400, 3), np.uint8)
    picture[50:250, 100:200] = 255
    (seen,) = NETWORKS["l2cs"](tmp_path / "x.pkl", "cpu").seen(picture, mesh)
    assert seen.shape == (1, 448, 448, 3) and (seen[:, :, :220] == 255).all() and not seen[:, :, 228:].any()
