"""The stage `expression` behind `landmarks`, on real clips: blinks where one sees them, a mouth that speaks."""

from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.engine.stage_clip import SharedClip
from faceshards.curation.stages.expression.expression import Expression, ExpressionParams
from faceshards.curation.stages.gaze.gaze import Gaze
from faceshards.curation.stages.headpose.headpose import HeadPose
from faceshards.curation.stages.landmarks import Landmarks
from faceshards.curation.stages.points68.points68 import Points68
from faceshards.errors import UsageError
from faceshards.media.geometry import warp
from faceshards.media.picture import encode_png
from faceshards.media.video.decode import frames
from faceshards.models.sessions import face_mesh
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode
from tests.curation.conftest import write_shard
from tests.curation.on_pictures import PicturesClip, ready, results_of


@pytest.fixture(scope="module")
def stages() -> list:
    return ready(Landmarks(), Expression())


def look(stages: list, pictures: np.ndarray, fps: int = 25) -> tuple[dict[str, np.ndarray], dict]:
    """Columns, and the scores of the expression."""
    results = results_of(stages, PicturesClip(pictures, fps=Fraction(fps)))
    assert all(isinstance(one, Outcome) for one in results.values()), results
    columns = {name: decode(name, body) for one in results.values() for name, body in one.columns.items()}
    return columns, dict(results["expression"].scores)


def clip(real: Path, name: str, start: int, stop: int) -> np.ndarray:
    return np.stack(list(islice(frames(real / "video" / name), start, stop)))


# First frame, last frame, rate, and the frames in which the eyes are seen shut, looked at one by one.
SEEN = {
    "vretalk_face1.mp4": (70, 100, 22, [(82, 84)]),
    "grid_lbax4n.mpg": (15, 45, 25, [(28, 31)]),
    "megactor_CHTF_2.mp4": (0, 60, 30, [(8, 11), (48, 50)]),
    "livep_d20.mp4": (0, 24, 25, []),
}


@pytest.mark.parametrize("name", SEEN)
def test_blinks_are_found_where_a_person_sees_them(stages, real, name):
    first, last, fps, seen = SEEN[name]
    columns, scores = look(stages, clip(real, name, first, last), fps)
    found = [(round(start * fps) + first, round(stop * fps) + first) for start, stop in scores["blinks"]]
    assert len(found) == len(seen)
    np.testing.assert_allclose(np.reshape(found, (-1, 2)), np.reshape(seen, (-1, 2)), atol=1)
    assert scores["blinks_per_minute"] == pytest.approx(60 * fps * len(seen) / (last - first), rel=1e-3)
    assert columns["eye_opening.npy"].shape == (last - first, 2) and scores["eye_opening"] > 0.2


def test_a_picture_of_which_the_json_says_nothing_has_what_its_points_tell(astronaut, tmp_path):
    """A clip that lasts no time: of everything but blinks a minute."""
    stages = ready(Landmarks(), Expression(), HeadPose(), Gaze(), Points68())
    members = {"json": {"name": "p"}, "png": encode_png(astronaut)}
    with Shard(write_shard(tmp_path / "p.tar", {"p": members})) as opened:
        found = results_of(stages, SharedClip(opened, 0, opened.json(0)))
    assert all(isinstance(one, Outcome) for one in found.values()), found
    scores = found["expression"].scores
    assert "blinks_per_minute" not in scores and scores["blinks"] == [] and scores["eye_opening"] > 0.2
    assert abs(found["headpose"].scores["head_yaw"]) < 30 and found["points68"].scores["points68_share"] == 1


def test_eyes_shut_as_a_network_that_sees_them_says(stages, real):
    """open-closed-eye-0001 sees the picture of an eye."""
    onnxruntime = pytest.importorskip("onnxruntime")
    pictures = clip(real, "terryky_iris_pexels.mp4", 0, 40)
    columns, _ = look(stages, pictures)
    net, closed = onnxruntime.InferenceSession(str(real / "weights" / "open_closed_eye.onnx")), []
    for picture, mesh in zip(pictures, columns["landmarks.npy"], strict=True):
        for one, other in face_mesh.EYES:
            first, second = mesh[one, :2].astype(float), mesh[other, :2].astype(float)
            side, turn = 1.6 * np.linalg.norm(second - first), face_mesh.angle_of(first, second)
            eye = warp(picture, face_mesh.roi_matrix((first + second) / 2, side, turn, 32), (32, 32))
            row = (eye[None, ..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 127) / 255
            closed.append(net.run(None, {"input.1": row})[0].ravel()[0])
    opening, closed = columns["eye_opening.npy"].mean(axis=1), np.reshape(closed, (-1, 2)).mean(axis=1)
    assert np.corrcoef(opening, closed)[0, 1] < -0.9
    shut = closed > 0.9
    assert shut.any() and np.median(opening[shut]) < 0.1 and np.median(opening[~shut]) > 0.2


def test_a_mouth_that_speaks_opens(stages, real):
    columns, scores = look(stages, clip(real, "megactor_CHTF_2.mp4", 0, 30), 30)
    assert columns["mouth_opening.npy"].shape == (30,) and scores["mouth_spread"] > 0.01
    _, still = look(stages, clip(real, "megactor_CHTF_2.mp4", 0, 1).repeat(8, axis=0), 30)
    assert still["mouth_spread"] < 0.003


def test_where_nobody_is_there_are_no_blinks(stages):
    columns, scores = look(stages, np.full((3, 64, 64, 3), 128, np.uint8))
    assert columns["eye_opening.npy"].shape == (0, 2) and columns["mouth_opening.npy"].shape == (0,)
    assert scores == {"blinks": []}


def test_a_share_that_is_none_is_refused():
    with pytest.raises(UsageError, match=r"expression\.closed must be a share between 0 and 1, got 55"):
        ExpressionParams(closed=55)
