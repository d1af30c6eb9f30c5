"""The stage `gaze` behind `landmarks`, on real clips: in the mirror, and against a network that sees the eyes."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.stages.gaze.gaze import Gaze
from faceshards.curation.stages.headpose.headpose import HeadPose
from faceshards.curation.stages.landmarks import Landmarks
from faceshards.media.video.decode import frames
from faceshards.models.sessions.face_mesh import EYES
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, ready, results_of


@pytest.fixture(scope="module")
def stages() -> list:
    return ready(Landmarks(), HeadPose(), Gaze())


def look(stages: list, pictures: np.ndarray) -> tuple[dict[str, np.ndarray], dict]:
    """Columns, and the scores of the gaze."""
    height, width = pictures.shape[1:3]
    results = results_of(stages, PicturesClip(pictures, facts={"width": width, "height": height}))
    assert all(isinstance(one, Outcome) for one in results.values()), results
    columns = {name: decode(name, body) for one in results.values() for name, body in one.columns.items()}
    return columns, dict(results["gaze"].scores)


def clip(real: Path, name: str, stop: int, step: int) -> np.ndarray:
    return np.stack(list(frames(real / "video" / name))[:stop:step])


def theirs(real: Path, pictures: np.ndarray, columns: dict[str, np.ndarray]) -> np.ndarray:
    """Yaw (R,) in degrees by gaze-estimation-adas-0002: crops of the eyes, upright, 1.8 times as wide as they are; its
    right eye is that on the picture's right.
    """
    onnxruntime = pytest.importorskip("onnxruntime")
    net, found = onnxruntime.InferenceSession(str(real / "weights" / "gaze_adas_0002.onnx")), []
    for picture, mesh, (yaw, pitch, roll) in zip(
        pictures, columns["landmarks.npy"], columns["headpose.npy"].tolist(), strict=True
    ):
        eyes = []
        for corners in EYES:
            one, other = mesh[list(corners), :2].astype(float)
            x, y = (one + other) / 2
            turn = cv2.getRotationMatrix2D((x, y), roll, 60 / (1.8 * np.linalg.norm(other - one)))
            turn[:, 2] += 30 - np.array([x, y])
            eye = cv2.warpAffine(picture, turn, (60, 60), borderMode=cv2.BORDER_REPLICATE)
            eyes.append(eye[None, ..., ::-1].transpose(0, 3, 1, 2).astype(np.float32))
        feeds = {
            "head_pose_angles": np.float32([[yaw, -pitch, 0]]),
            "left_eye_image": eyes[0],
            "right_eye_image": eyes[1],
        }
        ((x, y, z),) = net.run(None, feeds)[0]
        turned = np.radians(roll)
        found.append(np.degrees(np.arctan2(x * np.cos(turned) + y * np.sin(turned), -z)))
    return np.array(found)


@pytest.mark.parametrize("name", ["livep_d10.mp4", "livep_d12.mp4", "livep_s29.mp4"])
def test_it_turns_as_a_network_that_sees_the_eyes_says(stages, real, name):
    """The three real clips in which that network's yaw spreads by more than ten degrees."""
    pictures = clip(real, name, 150, 2)
    columns, scores = look(stages, pictures)
    assert len(columns["gaze.npy"]) == len(pictures)
    yaw, other = np.degrees(columns["gaze.npy"][:, 0]), theirs(real, pictures, columns)
    assert other.std() > 10 and np.corrcoef(yaw, other)[0, 1] > 0.8
    assert abs(np.median(yaw - other)) < 5
    assert scores["gaze_spread"] > 8


def test_a_mirror_turns_the_yaw(stages, real):
    pictures = clip(real, "livep_s29.mp4", 150, 5)
    columns, _ = look(stages, pictures)
    mirrored, _ = look(stages, np.ascontiguousarray(pictures[:, :, ::-1]))
    yaw, back = columns["gaze.npy"][:, 0], mirrored["gaze.npy"][:, 0]
    assert np.corrcoef(yaw, -back)[0, 1] > 0.98
    assert np.degrees(np.abs(np.median(yaw + back))) < 4


def test_where_nobody_is_there_is_no_gaze(stages):
    columns, scores = look(stages, np.full((3, 64, 64, 3), 128, np.uint8))
    assert columns["gaze.npy"].shape == (0, 2) and scores == {}
