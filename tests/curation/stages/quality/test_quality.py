"""The stage `quality`: numbers a frame, scores a clip; real clips that are spoiled on purpose."""

from itertools import islice

import cv2
import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.stages.quality import Quality
from faceshards.curation.stages.quality.quality import MEASURES
from faceshards.media.video.decode import frames
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, ready, result_of

NONE = {"size": [64, 48], "frames": 3, "frame": [], "track": [], "box": [], "points": [], "score": [], "full": []}


def measured(pictures: np.ndarray, faces: dict, chunk: int = 5) -> tuple[dict[str, np.ndarray], dict]:
    """Name -> the number of each frame, and the scores."""
    result = result_of(ready(Quality())[0], PicturesClip(pictures, columns={"faces.msg": faces}, chunk=chunk))
    assert isinstance(result, Outcome), result
    values = decode("quality.npy", result.columns["quality.npy"])
    assert values.shape == (len(pictures), len(MEASURES)) and values.dtype == np.float32
    return dict(zip(MEASURES, values.T, strict=True)), dict(result.scores)


def standing(count: int, box: tuple[float, ...], step: float = 0) -> dict:
    """A face that goes `step` pixels to the right a frame."""
    boxes = [[box[0] + step * n, box[1], box[2] + step * n, box[3]] for n in range(count)]
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    five = [[-20, -20], [20, -20], [0, 0], [-15, 20], [15, 20]]
    points = [[[x + a + step * n, y + b] for a, b in five] for n in range(count)]
    rows = {"frame": list(range(count)), "track": [0] * count, "score": [1.0] * count, "full": [True] * count}
    return {"size": [400, 300], "frames": count, "box": boxes, "points": points, **rows}


def test_nobody_and_nothing_is_a_result_too():
    of, scores = measured(np.full((3, 48, 64, 3), 90, np.uint8), NONE)
    assert of["luma"].tolist() == [90, 90, 90] and of["camera"].tolist() == [0, -1, -1]
    assert not np.stack([of[name] for name in MEASURES[5:]]).any()
    assert scores == {"luma": 90, "sharpness": 0, "blockiness": 1, "highlights": 0, "frontal_share": 0}


def test_a_face_that_walks_is_told_from_one_that_stands(astronaut):
    pictures = np.stack([cv2.resize(astronaut, (400, 300))] * 6)
    of, scores = measured(pictures, standing(6, (100, 60, 180, 140), 8), chunk=4)
    assert of["movement"].tolist() == pytest.approx([0, *[0.1] * 5]) and scores["face_travel"] == pytest.approx(0.5)
    assert of["face_area"] == pytest.approx(80 * 80 / 120_000) and scores["frontal_share"] == 1
    assert of["camera"] == pytest.approx(0, abs=1e-4) and scores["camera_motion"] == pytest.approx(0, abs=1e-4)
    faces = standing(6, (100, 60, 180, 140), 8)
    faces["track"] = [0, 0, 1, 1, 1, 1]
    assert measured(pictures, faces)[0]["movement"].tolist() == pytest.approx([0, 0.1, 0, 0.1, 0.1, 0.1])


def test_of_a_real_clip_each_way_to_spoil_it_shows_in_its_own_number(real):
    pictures = np.stack(list(islice(frames(real / "video" / "megactor_CHTF_3.mp4"), 8)))
    faces = standing(8, (180, 120, 330, 330))
    _, plain = measured(pictures, faces)
    assert measured(pictures, faces, chunk=3)[1] == plain
    _, dark = measured(pictures // 4, faces)
    _, soft = measured(np.stack([cv2.GaussianBlur(one, (0, 0), 3) for one in pictures]), faces)
    _, burnt = measured(cv2.convertScaleAbs(pictures.reshape(-1, 512, 3), alpha=2.5).reshape(pictures.shape), faces)
    blocks = [cv2.imdecode(cv2.imencode(".jpg", one, [cv2.IMWRITE_JPEG_QUALITY, 10])[1], 1) for one in pictures]
    _, packed = measured(np.stack(blocks), faces)
    _, shaken = measured(np.stack([np.roll(one, 9 * (n % 2), axis=1) for n, one in enumerate(pictures)]), faces)
    assert dark["luma"] == pytest.approx(plain["luma"] / 4, rel=0.03)
    assert soft["sharpness"] < plain["sharpness"] / 5 and soft["face_sharpness"] < plain["face_sharpness"] / 3
    assert burnt["highlights"] > 0.05 > plain["highlights"]
    assert packed["blockiness"] > 1.3 > 1.05 > plain["blockiness"]
    assert shaken["camera_motion"] == pytest.approx(9 / 512, rel=0.2) and plain["camera_motion"] < 1e-3
