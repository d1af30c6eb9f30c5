"""FaceNet up to AvgPool: which colours it sees, how large, in both layouts of its file."""

from pathlib import Path

import numpy as np
import pytest

from faceshards.errors import StageError, WeightsError
from faceshards.models.sessions.facenet import NUMBERS, FaceNet
from tests.models.sessions import graphs

pytest.importorskip("onnxruntime")


def network(path: Path, colours_last: bool, numbers: int = NUMBERS) -> Path:
    """Number 3 k + c of the answer is the mean of colour c."""
    sides, axes = ((160, 160, 3), [1, 2]) if colours_last else ((3, 160, 160), [2, 3])
    spread = np.tile(np.eye(3, dtype=np.float32), numbers // 3 + 1)[:, :numbers]
    nodes = [
        graphs.node("ReduceMean", "picture", "means", axes=axes, keepdims=0),
        graphs.node("MatMul", "means spread", "AvgPool"),
    ]
    return graphs.write(path, nodes, {"picture": ("n", *sides)}, {"AvgPool": ("n", numbers)}, {"spread": spread})


@pytest.mark.parametrize("colours_last", [True, False])
def test_it_sees_red_first_as_it_is(tmp_path: Path, colours_last: bool) -> None:
    net = FaceNet(network(tmp_path / "net.onnx", colours_last), batch=2)
    crops = np.zeros((net.batch, 160, 160, 3), np.uint8)
    crops[0] = (200, 100, 50)
    (found,) = net.run(crops)
    assert net.batch == 2 and found.shape == (2, NUMBERS)
    np.testing.assert_allclose(found[0, :6], [200, 100, 50] * 2, rtol=1e-5)


def test_a_box_is_squashed(tmp_path: Path) -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[20:40, 50:150] = 255
    crop = FaceNet(network(tmp_path / "net.onnx", True)).crop(picture, np.array([50, 20, 150, 40]))
    assert crop.shape == (160, 160, 3) and (crop[8:-8, 2:-2] == 255).all()


def test_another_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="is no FaceNet up to its layer AvgPool"):
        FaceNet(network(tmp_path / "net.onnx", True, numbers=128))


def test_a_state_dict_sees_the_same(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from faceshards.models.nets.facenet import InceptionResNetV1

    torch.manual_seed(0)
    made = InceptionResNetV1().eval()
    torch.save(made.state_dict(), tmp_path / "net.pt")
    net = FaceNet(tmp_path / "net.pt", batch=2)
    crops = np.random.default_rng(0).integers(0, 256, (2, 160, 160, 3), np.uint8)
    (found,) = net.run(crops)
    with torch.no_grad():
        wanted = made(torch.from_numpy(crops.transpose(0, 3, 1, 2).astype(np.float32))).numpy()
    assert found.shape == (2, NUMBERS) and found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=1e-5 * np.abs(wanted).max())
    torch.save({"a": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(WeightsError, match=r"other\.pt is no state dict of FaceNet"):
        FaceNet(tmp_path / "other.pt")
