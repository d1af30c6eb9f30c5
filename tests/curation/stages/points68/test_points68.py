"""The stage `points68` on real clips: three backends that agree, in the same columns; nobody where nobody is."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.engine import Outcome, Stage
from faceshards.curation.parameters import configured
from faceshards.curation.stages.faces.faces import Faces
from faceshards.curation.stages.landmarks import Landmarks
from faceshards.curation.stages.points68.points68 import Points68, Points68Params
from faceshards.errors import UsageError
from faceshards.media.video.decode import frames
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, ready, results_of


@pytest.fixture(scope="module")
def pictures(real: Path) -> np.ndarray:
    return np.stack(list(frames(real / "video" / "megactor_CHTF_3.mp4"))[50:62:3])


def made(stages: list[Stage], pictures: np.ndarray, columns: dict | None = None) -> dict[str, np.ndarray]:
    """The columns of the last stage, and its share."""
    clip = PicturesClip(pictures, columns=columns, chunk=3)
    results = results_of(stages, clip)
    assert all(isinstance(one, Outcome) for one in results.values()), results
    last = results[stages[-1].name]
    return {name: decode(name, body) for name, body in last.columns.items()} | dict(last.scores)


@pytest.fixture(scope="module")
def by_mesh(pictures: np.ndarray) -> dict[str, np.ndarray]:
    return made(ready(Landmarks(), Points68()), pictures)


def apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The median distance of each point, in widths of the face."""
    width = np.linalg.norm(one[:, 16] - one[:, 0], axis=-1)
    return np.median(np.linalg.norm(one - other, axis=-1) / width[:, None], axis=0)


def test_pfld_finds_the_points_of_the_mesh(by_mesh, pictures, real, monkeypatch):
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(real / "weights"))
    stage = Points68(Points68Params("pfld"))
    assert list(stage.models) == ["pfld_68.onnx"]
    found = made(ready(Faces(), stage), pictures)
    assert found["points68_frame.npy"].tolist() == by_mesh["points68_frame.npy"].tolist() == [0, 1, 2, 3]
    assert found["points68_share"] == by_mesh["points68_share"] == 1
    errors = apart(by_mesh["points68.npy"], found["points68.npy"])
    assert errors.mean() < 0.04 and errors.max() < 0.11
    assert found["points72.npy"].shape == (4, 72, 2) and (found["points68_score.npy"] > 0.5).all()


def test_the_face_of_a_pose_is_taken_as_it_is(by_mesh, pictures):
    poses, scores = np.zeros((4, 134, 2), np.float32), np.ones((4, 134), np.float32)
    poses[:, 24:92] = by_mesh["points68.npy"]
    scores[2] = 0.1
    columns = {"dwpose.npy": poses, "dwpose_score.npy": scores, "dwpose_frame.npy": np.arange(4)}
    found = made([Points68(Points68Params("dwpose"))], pictures, columns)
    assert found["points68_frame.npy"].tolist() == [0, 1, 3] and found["points68_share"] == 0.75
    np.testing.assert_array_equal(found["points68.npy"], by_mesh["points68.npy"][[0, 1, 3]])
    np.testing.assert_array_equal(found["points72.npy"], by_mesh["points72.npy"][[0, 1, 3]])


def test_in_the_mirror_every_point_is_its_pair(by_mesh, pictures):
    from tests.models.sessions.test_face_layouts import MIRROR

    mirrored = made(ready(Landmarks(), Points68()), np.ascontiguousarray(pictures[:, :, ::-1]))["points68.npy"]
    back = mirrored[:, MIRROR] * [-1, 1] + [pictures.shape[2], 0]
    assert apart(by_mesh["points68.npy"], back).max() < 0.03


def test_where_nobody_is_there_are_no_points(real, monkeypatch):
    grey = np.full((3, 64, 64, 3), 128, np.uint8)
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(real / "weights"))
    for stages in ((Landmarks(), Points68()), (Faces(), Points68(Points68Params("pfld")))):
        found = made(ready(*stages), grey)
        assert found["points68.npy"].shape == (0, 68, 2) and found["points72.npy"].shape == (0, 72, 2)
        assert found["points68_share"] == 0


def test_another_backend_is_refused_and_the_recipe_tells_them_apart():
    with pytest.raises(UsageError, match=r"points68\.least must be from 0 to 1, got -5"):
        Points68Params("dwpose", least=-5.0)
    with pytest.raises(UsageError, match=r"points68\.backend must be one of mesh, pfld, dwpose, got 'dlib'"):
        configured([Points68], {"points68": {"backend": "dlib"}})
    reads = {name: Points68(Points68Params(name)).reads for name in ("mesh", "pfld", "dwpose")}
    assert "lids.npy" in reads["mesh"] and reads["pfld"] == ("faces.msg",) and "dwpose.npy" in reads["dwpose"]
    assert dataclasses.asdict(Points68Params())["backend"] == "mesh"
