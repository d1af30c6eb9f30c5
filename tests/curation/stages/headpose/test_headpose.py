"""The stage `headpose` behind `landmarks`, on real clips: in the mirror, turned pictures, nobody."""

from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.parameters import configured
from faceshards.curation.stages.headpose.headpose import HeadPose, HeadPoseParams
from faceshards.curation.stages.landmarks import Landmarks
from faceshards.errors import UsageError
from faceshards.media.video.decode import frames
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, ready, results_of


@pytest.fixture(scope="module")
def stages() -> list:
    return ready(Landmarks(), HeadPose())


def look(stages: list, pictures: np.ndarray) -> tuple[np.ndarray, dict]:
    """Angles (R, 3) and scores."""
    result = results_of(stages, PicturesClip(pictures))["headpose"]
    assert isinstance(result, Outcome), result
    return decode("headpose.npy", result.columns["headpose.npy"]), dict(result.scores)


def clip(real: Path, name: str, count: int = 20) -> np.ndarray:
    return np.stack(list(islice(frames(real / "video" / name), count)))


@pytest.mark.parametrize("name", ["livep_d20.mp4", "vretalk_face2.mp4", "grid_bbaf2n.mpg"])
def test_a_mirror_turns_yaw_and_roll(stages, real, name):
    pictures = clip(real, name)
    angles, scores = look(stages, pictures)
    mirrored, _ = look(stages, np.ascontiguousarray(pictures[:, :, ::-1]))
    assert len(angles) == len(mirrored) == len(pictures)
    assert np.abs(np.median(angles * [-1, 1, -1] - mirrored, axis=0)).max() < 3
    assert np.abs(angles).max() < 50  # they look at the camera, more or less
    assert [scores[name] for name in ("head_yaw", "head_pitch", "head_roll")] == pytest.approx(
        np.median(angles, axis=0).tolist(), abs=1e-3
    )
    assert scores["talkvid_completeness"] == 100 and 80 < scores["talkvid_movement_min"] <= scores["talkvid_movement"]


def test_a_picture_that_is_turned_turns_the_head(stages, real):
    pictures = clip(real, "livep_d20.mp4", 4)
    height, width = pictures.shape[1:3]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -20, 1.0)  # OpenCV's angles go the other way
    turned = np.stack([cv2.warpAffine(picture, turn, (width, height)) for picture in pictures])
    upright, _ = look(stages, pictures)
    leaning, _ = look(stages, turned)
    assert np.median(leaning - upright, axis=0)[2] == pytest.approx(20, abs=2)


def test_where_nobody_is_there_are_no_angles(stages):
    angles, scores = look(stages, np.full((3, 64, 64, 3), 128, np.uint8))
    assert angles.shape == (0, 3) and scores == {}


@pytest.fixture(scope="module")
def adas(real: Path) -> list:
    """The stages on head-pose-estimation-adas-0001."""
    pytest.importorskip("onnxruntime")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACESHARDS_WEIGHTS", str(real / "weights"))
        return ready(Landmarks(), HeadPose(HeadPoseParams("adas")))


@pytest.mark.parametrize("name", ["latentsync_demo1.mp4", "livep_s29.mp4", "sadtalker_wda_aoc.mp4"])
def test_it_turns_as_another_network_says(stages, adas, real, name):
    """head-pose-estimation-adas-0001 sees the picture of the face alone."""
    pictures = clip(real, name, 120)[::4]
    (angles, scores), (theirs, their_scores) = look(stages, pictures), look(adas, pictures)
    assert len(angles) == len(theirs) == len(pictures)
    assert np.corrcoef(angles[:, 0], theirs[:, 0])[0, 1] > 0.85
    assert np.abs(np.median(angles - theirs, axis=0)[[0, 2]]).max() < 6
    assert set(scores) == set(their_scores)
    same = [name for name in scores if "movement" in name or "resolution" in name]  # of the points alone
    assert [scores[name] for name in same] == [their_scores[name] for name in same] and len(same) == 4


def test_a_mirror_turns_the_network_s_yaw_and_roll(adas, real):
    pictures = clip(real, "livep_s29.mp4", 60)[::6]
    angles, _ = look(adas, pictures)
    mirrored, _ = look(adas, np.ascontiguousarray(pictures[:, :, ::-1]))
    assert np.abs(np.median(angles * [-1, 1, -1] - mirrored, axis=0)).max() < 4
    assert look(adas, np.full((3, 64, 64, 3), 128, np.uint8))[0].shape == (0, 3)


def test_another_backend_is_refused():
    with pytest.raises(UsageError, match=r"headpose\.backend must be one of mesh, adas, got 'pnp'"):
        configured([HeadPose], {"headpose": {"backend": "pnp"}})
    assert list(HeadPose(HeadPoseParams("adas")).models) == ["headpose_adas_0001.onnx"] and HeadPose().models == {}
