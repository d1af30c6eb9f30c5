"""The backend `inswapper`, on networks of its layout: against InsightFace's own arithmetic, and by what those show that
have a known answer.
"""

from pathlib import Path

import cv2
import numpy as np
import pytest

from faceshards.curation.stages.swap import by_network
from faceshards.curation.stages.swap.by_network import ByNetwork
from faceshards.models.sessions.session import open_session
from tests.curation.conftest import moved, sway
from tests.curation.stages.swap.test_paste import theirs
from tests.models.sessions.face_networks import arcface, inswapper

pytest.importorskip("onnxruntime")
pytest.importorskip("torch")
#: The map between the two spaces of persons.
EMAP = np.random.default_rng(7).normal(size=(512, 512)).astype(np.float32)


@pytest.fixture(scope="module")
def largest():
    return by_network.load_largest(40)


@pytest.fixture(scope="module")
def points(largest, astronaut) -> np.ndarray:
    return largest(astronaut)


def backend(folder: Path, monkeypatch, largest, seed: int | None = None, emap: np.ndarray | None = None):
    """The backend on networks in a folder, and what looks at a source."""
    folder.mkdir(exist_ok=True)
    made = {
        "w600k_r50": arcface(folder / "known.onnx", seed),
        "inswapper_128": inswapper(folder / "swap.onnx", seed, emap),
    }
    monkeypatch.setattr(by_network, "find", made.__getitem__)
    monkeypatch.setattr(by_network, "load_largest", lambda min_face: largest)
    swap = ByNetwork(40)
    return swap, swap.load("cpu")


def swayed(points: np.ndarray, frame: int) -> np.ndarray:
    return points + np.array([sway(frame), 0])


def rows(points: np.ndarray, frames: list[int]) -> dict[str, np.ndarray]:
    """Rows of `faces.msg`: one face in these frames, which sways as `moved` moves it."""
    places = np.stack([swayed(points, frame) for frame in frames])
    boxes = np.concatenate([places.min(axis=1), places.max(axis=1)], axis=1)
    count = len(frames)
    return {
        "frame": np.array(frames), "track": np.zeros(count, np.int64), "box": boxes, "points": places,
        "score": np.ones(count, np.float32),
    }  # fmt: skip


def get(model: Path, known: Path, frame: np.ndarray, points: np.ndarray, source: np.ndarray, own: np.ndarray):
    """InsightFace's `ArcFaceONNX.get` of a source, then `INSwapper.get`, on pictures BGR; points count from the first
    pixel's centre. Its `arcface_dst` and `estimate_norm` stand in face_align.py.
    """
    from skimage.transform import SimilarityTransform

    template = np.array(
        [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
    )

    def norm(at: np.ndarray, size: int) -> np.ndarray:
        aim = template * (size / 112 if size % 112 == 0 else size / 128)
        aim[:, 0] += 0 if size % 112 == 0 else 8.0 * size / 128
        return SimilarityTransform.from_estimate(at, aim).params[:2]

    crop = cv2.warpAffine(source, norm(own, 112), (112, 112), borderValue=0.0)
    blob = cv2.dnn.blobFromImages([crop], 1.0 / 127.5, (112, 112), (127.5, 127.5, 127.5), swapRB=True)
    (embedding,) = next(iter(open_session(known).run({"input.1": blob}).values()))
    latent = (embedding / np.linalg.norm(embedding)).reshape(1, -1) @ EMAP
    latent /= np.linalg.norm(latent)
    matrix = norm(points, 128)
    face = cv2.warpAffine(frame, matrix, (128, 128), borderValue=0.0)
    blob = cv2.dnn.blobFromImage(face, 1.0 / 255, (128, 128), (0.0, 0.0, 0.0), swapRB=True)
    drawn = open_session(model).run({"target": blob, "source": latent.astype(np.float32)})["output"]
    bgr = np.clip(255 * drawn.transpose(0, 2, 3, 1)[0], 0, 255).astype(np.uint8)[:, :, ::-1]
    half = matrix[:, :2].sum(axis=1) / 2
    return theirs(frame, np.ascontiguousarray(bgr), np.column_stack([matrix[:, :2], matrix[:, 2] + 0.5 - half]))


def test_a_swap_is_insightface_s(tmp_path, monkeypatch, largest, points, astronaut, hopper):
    nets = tmp_path / "nets"
    swap, look = backend(nets, monkeypatch, largest, seed=2, emap=EMAP)
    person = look("hopper", hopper)
    pictures = moved(astronaut, 3)
    made = swap.drawn(pictures, 0, rows(points, [0, 2]), person)
    assert (made.faced, made.swapped) == (2, 2) and np.array_equal(made.pictures[1], pictures[1])
    own = largest(hopper) - 0.5
    for frame in (0, 2):
        seen, place = pictures[frame][..., ::-1].copy(), swayed(points, frame) - 0.5
        known = get(nets / "swap.onnx", nets / "known.onnx", seen, place, hopper[..., ::-1].copy(), own)
        apart = np.abs(made.pictures[frame][..., ::-1] - known)
        assert apart.max() < 6 and apart.mean() < 0.5, (apart.max(), apart.mean())
        assert np.abs(made.pictures[frame].astype(int) - pictures[frame]).max() > 50


def test_the_person_s_own_colours_reach_the_face_in_their_order(tmp_path, monkeypatch, largest, points, astronaut):
    """A source that is red alone keeps the red of the face, and nothing of green and blue but the mask's soft edge."""
    swap, look = backend(tmp_path / "nets", monkeypatch, lambda picture: points, emap=np.eye(512, dtype=np.float32))
    red = np.zeros_like(astronaut)
    red[..., 0] = 255
    person = look("red", red)
    assert np.allclose(person.latent[:3] / person.latent[0], [1, -1, -1], atol=1e-4)
    made = swap.drawn(astronaut[None], 0, rows(points, [0]), person).pictures[0]
    x, y = points.mean(axis=0).astype(int)
    inner = made[y - 5 : y + 5, x - 5 : x + 5].astype(int)
    before = astronaut[y - 5 : y + 5, x - 5 : x + 5].astype(int)
    assert np.abs(inner[..., 0] - before[..., 0] * person.latent[0]).mean() < 4 and not inner[..., 1:].any()


def test_small_faces_are_left_alone_and_faces_of_other_frames_are_not_drawn(
    tmp_path, monkeypatch, largest, points, astronaut
):
    swap, look = backend(tmp_path / "nets", monkeypatch, largest, seed=2)
    person = look("astronaut", astronaut)
    tiny = points.mean(axis=0) + (points - points.mean(axis=0)) / 8
    made = swap.drawn(astronaut[None], 4, rows(tiny, [4]), person)
    assert (made.faced, made.swapped) == (1, 0) and np.array_equal(made.pictures[0], astronaut)
    beside = swap.drawn(astronaut[None], 4, rows(points, [3, 5]), person)
    assert (beside.faced, beside.swapped) == (0, 0) and np.array_equal(beside.pictures[0], astronaut)
    nobody = swap.drawn(astronaut[None], 4, {name: one[:0] for name, one in rows(points, [3]).items()}, None)
    assert np.array_equal(nobody.pictures[0], astronaut)
    assert look("nobody", np.zeros((64, 64, 3), np.uint8)) is None
