"""MobileFaceNet: the same person's faces are near, others' far; alignment and colour order matter."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceshards.errors import WeightsError
from faceshards.models.nets.mtcnn import MTCNN
from faceshards.models.nets.mtcnn_networks import MtcnnWeights
from faceshards.models.sessions.mobilefacenet import MobileFaceNet

#: Pictures of five people, as the folder's README says.
PEOPLE = [
    ["fr_obama.jpg", "fr_test_obama2.jpg"],
    ["df_img3.jpg", "df_img12.jpg"],
    ["fp_paul_rudd.jpg"],
    ["skimage_astronaut.png"],
    ["fr_biden.jpg"],
]


@pytest.fixture(scope="module")
def net(real: Path) -> MobileFaceNet:
    pytest.importorskip("onnxruntime")
    return MobileFaceNet(real / "weights" / "mobilefacenet_pixamatch.onnx")


@pytest.fixture(scope="module")
def faces(real: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Name -> frame and points."""
    try:
        detector = MTCNN(MtcnnWeights.load(), min_face=80)
    except WeightsError as error:
        pytest.skip(str(error))
    found = {}
    for name in (name for person in PEOPLE for name in person):
        frame = np.asarray(Image.open(real / "image" / name).convert("RGB"))
        found[name] = frame, detector.detect(frame).points[0]
    return found


def embeddings(net: MobileFaceNet, faces: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: net.embed(frame, points[None])[0] for name, (frame, points) in faces.items()}


def test_the_same_person_is_near_and_others_are_far(
    net: MobileFaceNet, faces: dict[str, tuple[np.ndarray, np.ndarray]]
) -> None:
    rows = embeddings(net, faces)
    who = {name: number for number, person in enumerate(PEOPLE) for name in person}
    for a in rows:
        for b in rows:
            cosine = float(rows[a] @ rows[b])
            if who[a] != who[b]:
                assert cosine < 0.3, (a, b)
            else:
                assert cosine > 0.4, (a, b)


def test_rows_have_length_one_and_many_faces_go_at_once(
    net: MobileFaceNet, faces: dict[str, tuple[np.ndarray, np.ndarray]]
) -> None:
    frame, points = faces["fr_biden.jpg"]
    rows = net.embed(frame, np.stack([points, points + 3]))
    assert rows.shape == (2, 128) and rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[1] > 0.8
    assert net.embed(frame, np.zeros((0, 5, 2))).shape == (0, 128)


def test_wrong_colours_and_points_bring_less_likeness(
    net: MobileFaceNet, faces: dict[str, tuple[np.ndarray, np.ndarray]]
) -> None:
    rows = embeddings(net, faces)
    right = rows["fr_obama.jpg"] @ rows["fr_test_obama2.jpg"]
    frame, points = faces["fr_obama.jpg"]
    upside_down = net.embed(frame, points[None, [1, 0, 2, 4, 3]])[0]
    assert upside_down @ rows["fr_test_obama2.jpg"] < right - 0.1
