"""The stage `headpose` behind `landmarks`, on real clips: in the mirror, turned pictures, nobody."""

from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.stages.headpose.headpose import HeadPose
from faceshards.curation.stages.landmarks import Landmarks
from faceshards.media.video.decode import frames
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, ready, results_of


@pytest.fixture(scope="module")
def stages() -> list:
    return ready(Landmarks(), HeadPose())


def look(stages: list, pictures: np.ndarray) -> tuple[np.ndarray, dict]:
    """Angles (R, 3) and scores."""
    height, width = pictures.shape[1:3]
    result = results_of(stages, PicturesClip(pictures, facts={"width": width, "height": height}))["headpose"]
    assert isinstance(result, Outcome), result
    return decode("headpose.npy", result.columns["headpose.npy"]), dict(result.scores)


def clip(real: Path, name: str, count: int = 30) -> np.ndarray:
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


@pytest.mark.parametrize("name", ["latentsync_demo1.mp4", "livep_s29.mp4", "sadtalker_wda_aoc.mp4"])
def test_it_turns_as_another_network_says(stages, real, name):
    """head-pose-estimation-adas-0001 sees the picture of the face alone; its pitch is positive downwards."""
    onnxruntime = pytest.importorskip("onnxruntime")
    pictures = clip(real, name, 120)[::2]
    height, width = pictures.shape[1:3]
    results = results_of(stages, PicturesClip(pictures, facts={"width": width, "height": height}))
    points = decode("landmarks.npy", results["landmarks"].columns["landmarks.npy"])
    angles = decode("headpose.npy", results["headpose"].columns["headpose.npy"])
    assert len(points) == len(pictures)
    net = onnxruntime.InferenceSession(str(real / "weights" / "headpose_adas_0001.onnx"))
    theirs = []
    for picture, mesh in zip(pictures, points[:, :468, :2], strict=True):
        low, high = mesh.min(axis=0), mesh.max(axis=0)
        scale = 60 / (1.1 * (high - low).max())
        x, y = 30 - scale * (low + high) / 2
        face = cv2.warpAffine(picture, np.float32([[scale, 0, x], [0, scale, y]]), (60, 60), flags=cv2.INTER_AREA)
        yaw, pitch, roll = net.run(None, {"data": face[None, ..., ::-1].transpose(0, 3, 1, 2).astype(np.float32)})
        theirs.append([yaw.item(), -pitch.item(), roll.item()])
    theirs = np.array(theirs)
    assert np.corrcoef(angles[:, 0], theirs[:, 0])[0, 1] > 0.85
    assert np.abs(np.median(angles - theirs, axis=0)[[0, 2]]).max() < 6
