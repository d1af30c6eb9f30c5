"""The stage `gaze` behind `landmarks`, on real clips: in the mirror, and against a network that sees the eyes."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.parameters import configured
from faceshards.curation.stages.gaze.gaze import Gaze, GazeParams
from faceshards.curation.stages.headpose.headpose import HeadPose
from faceshards.curation.stages.landmarks import Landmarks
from faceshards.errors import UsageError
from faceshards.media.video.decode import frames
from faceshards.models.weights.model_file import Weights
from faceshards.models.weights.table import WEIGHTS
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, ready, results_of


@pytest.fixture(scope="module")
def stages() -> list:
    return ready(Landmarks(), HeadPose(), Gaze())


def look(stages: list, pictures: np.ndarray) -> tuple[dict[str, np.ndarray], dict]:
    """Columns, and the scores of the gaze."""
    results = results_of(stages, PicturesClip(pictures))
    assert all(isinstance(one, Outcome) for one in results.values()), results
    columns = {name: decode(name, body) for one in results.values() for name, body in one.columns.items()}
    return columns, dict(results["gaze"].scores)


def clip(real: Path, name: str, stop: int, step: int) -> np.ndarray:
    return np.stack(list(frames(real / "video" / name))[:stop:step])


@pytest.fixture(scope="module")
def adas(real: Path) -> list:
    """The stages on gaze-estimation-adas-0002."""
    pytest.importorskip("onnxruntime")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACESHARDS_WEIGHTS", str(real / "weights"))
        return ready(Landmarks(), Gaze(GazeParams("adas")))


@pytest.mark.parametrize("name", ["livep_d10.mp4", "livep_d12.mp4", "livep_s29.mp4"])
def test_it_turns_as_a_network_that_sees_the_eyes_says(stages, adas, real, name):
    """The three real clips in which that network's yaw spreads by more than ten degrees."""
    pictures = clip(real, name, 150, 5)
    columns, scores = look(stages, pictures)
    theirs, other_scores = look(adas, pictures)
    assert len(columns["gaze.npy"]) == len(theirs["gaze.npy"]) == len(pictures)
    yaw, other = np.degrees(columns["gaze.npy"][:, 0]), np.degrees(theirs["gaze.npy"][:, 0])
    assert other.std() > 10 and np.corrcoef(yaw, other)[0, 1] > 0.8
    assert abs(np.median(yaw - other)) < 5
    assert scores["gaze_spread"] > 8 and other_scores["gaze_spread"] > 10
    assert set(scores) == {"gaze_spread", "gaze_variance_irises"}
    assert set(other_scores) == {"gaze_spread", "gaze_variance_adas"}


def test_a_mirror_turns_the_yaw(stages, adas, real):
    pictures = clip(real, "livep_s29.mp4", 150, 6)
    for backend, least in ((stages, 0.98), (adas, 0.96)):
        columns, _ = look(backend, pictures)
        mirrored, _ = look(backend, np.ascontiguousarray(pictures[:, :, ::-1]))
        (yaw, pitch), (back, again) = columns["gaze.npy"].T, mirrored["gaze.npy"].T
        assert np.corrcoef(yaw, -back)[0, 1] > least
        assert np.degrees(np.abs(np.median(yaw + back))) < 4 and np.degrees(np.abs(np.median(pitch - again))) < 4


def test_where_nobody_is_there_is_no_gaze(stages, adas):
    for backend in (stages, adas):
        columns, scores = look(backend, np.full((3, 64, 64, 3), 128, np.uint8))
        assert columns["gaze.npy"].shape == (0, 2) and scores == {}


def test_l2cs_looks_at_the_face_that_landmarks_follows(stages, real, tmp_path, monkeypatch):
    """On weights of the true names, whose last biases say where every face looks."""
    torch = pytest.importorskip("torch")
    from tests.models.nets.test_l2cs import looking

    path = tmp_path / "L2CSNet_gaze360.pkl"
    torch.save(looking(across=40.0, up=20.0), path)
    known = Weights("L2CSNet_gaze360", (path.name,), None, hashlib.sha256(path.read_bytes()).hexdigest(), "", "", "")
    monkeypatch.setitem(WEIGHTS, "L2CSNet_gaze360", known)
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path))
    columns, scores = look(ready(stages[0], Gaze(GazeParams("l2cs"))), clip(real, "livep_d20.mp4", 1, 1))
    np.testing.assert_allclose(np.degrees(columns["gaze.npy"]), [[-40, 20]], atol=0.01)
    assert scores == {"gaze_spread": 0.0, "gaze_variance_l2cs": 0.0}


def test_another_backend_is_refused():
    with pytest.raises(UsageError, match=r"gaze\.backend must be one of irises, adas, l2cs, got 'l2'"):
        configured([Gaze], {"gaze": {"backend": "l2"}})
    assert [Gaze(GazeParams(name)).runtimes for name in ("irises", "adas", "l2cs")] == [
        (),
        ("onnxruntime",),
        ("torch",),
    ]
    assert list(Gaze(GazeParams("l2cs")).models) == ["L2CSNet_gaze360.pkl"] and Gaze().models == {}
