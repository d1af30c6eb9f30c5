from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from faceshards.curation.face_crop import FaceCrop, quality
from faceshards.errors import ClipError
from faceshards.shards.schema.codecs import decode

# The astronaut's eyes, nose and mouth corners in the fixture, read off by eye.
POINTS = np.array([[107.5, 103.5], [146.0, 104.5], [128.0, 125.0], [112.0, 141.5], [143.0, 142.0]])


def clip(frames: np.ndarray, rows: list[tuple[int, np.ndarray]]) -> SimpleNamespace:
    record = {
        "frame": [frame for frame, _ in rows],
        "track": [0] * len(rows),
        "box": [[0, 0, 1, 1]] * len(rows),
        "points": [points.tolist() for _, points in rows],
        "score": [1.0] * len(rows),
    }
    return SimpleNamespace(frames=frames, column={"faces.msg": record}.__getitem__)


def test_the_face_is_upright_and_in_its_place_also_from_a_tilted_frame(astronaut):
    turn = cv2.getRotationMatrix2D((128, 120), 20, 1.0)
    tilted = cv2.warpAffine(astronaut, turn, (256, 256))
    points = POINTS @ turn[:, :2].T + turn[:, 2]
    outcome = FaceCrop().one(clip(tilted[None], [(0, points)]))
    crop = decode("face.jpg", outcome.columns["face.jpg"])
    assert (crop.shape, crop.dtype) == ((224, 224, 3), np.uint8)
    left, right, *_ = np.array(outcome.scores["face_points"])
    assert abs(left[1] - right[1]) < 4  # upright
    # The ArcFace template (eyes at 38.3 and 73.5 of 112, at height 51.6) drawn in by a tenth on each side.
    assert np.abs(left - [22.4 + 0.8 * 77.6, 22.4 + 0.8 * 104.4]).max() < 4
    assert np.abs(right - [22.4 + 0.8 * 148.1, 22.4 + 0.8 * 104.0]).max() < 4
    # and the pixels are where the points say: the same crop of the upright picture
    straight = decode("face.jpg", FaceCrop().one(clip(astronaut[None], [(0, POINTS)])).columns["face.jpg"])
    middle = np.s_[60:190, 50:174]
    assert np.corrcoef(crop[middle].ravel(), straight[middle].ravel())[0, 1] > 0.97


def test_the_sharp_frame_is_chosen_among_blurred_ones(astronaut):
    blurred = cv2.GaussianBlur(astronaut, (0, 0), 3)
    frames = np.stack([blurred, astronaut, blurred])
    outcome = FaceCrop().one(clip(frames, [(i, POINTS) for i in range(3)]))
    assert outcome.scores["face_frame"] == 1


def test_the_larger_face_is_chosen_of_two_equally_sharp(astronaut):
    assert quality(cv2.resize(astronaut, None, fx=1.5, fy=1.5), POINTS * 1.5) > 0
    small = np.zeros_like(astronaut)
    small[:128, :128] = cv2.resize(astronaut, (128, 128), interpolation=cv2.INTER_AREA)
    outcome = FaceCrop().one(clip(np.stack([small, astronaut]), [(0, POINTS / 2), (1, POINTS)]))
    assert outcome.scores["face_frame"] == 1


def test_a_face_turned_aside_counts_less(astronaut):
    aside = POINTS.copy()
    aside[2, 0] += 15
    assert quality(astronaut, aside) < 0.6 * quality(astronaut, POINTS)


def test_a_clip_without_a_face_has_no_crop(astronaut):
    with pytest.raises(ClipError) as caught:
        FaceCrop().one(clip(astronaut[None], []))
    assert caught.value.code == "no-face"
