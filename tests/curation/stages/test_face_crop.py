"""The stage `face_crop`: which face it is, where its crop lies, and from where its faces come."""

from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from faceshards.curation.engine import Failure, Outcome
from faceshards.curation.engine.stage import Result
from faceshards.curation.engine.stage_clip import SharedClip
from faceshards.curation.stages.face_crop import FaceCrop, FaceCropParams, openness, quality
from faceshards.curation.stages.faces.faces import Faces, FacesParams
from faceshards.curation.stages.landmarks import Landmarks
from faceshards.errors import UsageError
from faceshards.media.geometry import ARCFACE_112, similarity, warp
from faceshards.media.video.decode import frames as video_frames
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode
from tests.curation.conftest import clip_of, moved, sample, write_shard
from tests.curation.on_pictures import PicturesClip, ready, result_of, results_of

# The astronaut's eyes, nose and mouth corners in the fixture, read off by eye.
POINTS = np.array([[107.5, 103.5], [146.0, 104.5], [128.0, 125.0], [112.0, 141.5], [143.0, 142.0]])


def record(rows: list[tuple[int, np.ndarray]]) -> dict[str, Any]:
    return {
        "frame": [frame for frame, _ in rows],
        "track": [0] * len(rows),
        "box": [[0, 0, 1, 1]] * len(rows),
        "points": [points.tolist() for _, points in rows],
        "score": [1.0] * len(rows),
    }


def clip(frames: np.ndarray, rows: list[tuple[int, np.ndarray]], **how: Any) -> PicturesClip:
    return PicturesClip(frames, columns={"faces.msg": record(rows)}, **how)


def crop_of(clip: SharedClip) -> Outcome:
    outcome = result_of(FaceCrop(), clip)
    assert isinstance(outcome, Outcome)
    return outcome


def test_the_face_is_upright_and_in_its_place_also_from_a_tilted_frame(astronaut):
    turn = cv2.getRotationMatrix2D((128, 120), 20, 1.0)
    tilted = cv2.warpAffine(astronaut, turn, (256, 256))
    points = POINTS @ turn[:, :2].T + turn[:, 2]
    outcome = crop_of(clip(tilted[None], [(0, points)]))
    crop = decode("face.jpg", outcome.columns["face.jpg"])
    assert (crop.shape, crop.dtype) == ((224, 224, 3), np.uint8)
    left, right, *_ = np.array(outcome.scores["face_points"])
    assert abs(left[1] - right[1]) < 4  # upright
    # The ArcFace template (eyes at 38.3 and 73.5 of 112, at height 51.6) drawn in by a tenth on each side.
    assert np.abs(left - [22.4 + 0.8 * 77.6, 22.4 + 0.8 * 104.4]).max() < 4
    assert np.abs(right - [22.4 + 0.8 * 148.1, 22.4 + 0.8 * 104.0]).max() < 4
    # and the pixels are where the points say: the same crop of the upright picture
    straight = decode("face.jpg", crop_of(clip(astronaut[None], [(0, POINTS)])).columns["face.jpg"])
    middle = np.s_[60:190, 50:174]
    assert np.corrcoef(crop[middle].ravel(), straight[middle].ravel())[0, 1] > 0.97


def test_the_sharp_frame_is_chosen_among_blurred_ones(astronaut):
    blurred = cv2.GaussianBlur(astronaut, (0, 0), 3)
    frames = np.stack([blurred, astronaut, blurred])
    outcome = crop_of(clip(frames, [(i, POINTS) for i in range(3)]))
    assert outcome.scores["face_frame"] == 1


def test_the_larger_face_is_chosen_of_two_equally_sharp(astronaut):
    assert quality(cv2.resize(astronaut, None, fx=1.5, fy=1.5), POINTS * 1.5) > 0
    small = np.zeros_like(astronaut)
    small[:128, :128] = cv2.resize(astronaut, (128, 128), interpolation=cv2.INTER_AREA)
    outcome = crop_of(clip(np.stack([small, astronaut]), [(0, POINTS / 2), (1, POINTS)]))
    assert outcome.scores["face_frame"] == 1


def test_a_face_turned_aside_counts_less(astronaut):
    aside = POINTS.copy()
    aside[2, 0] += 15
    assert quality(astronaut, aside) < 0.6 * quality(astronaut, POINTS)


def test_beyond_the_frame_its_edge_is_drawn_out(astronaut):
    picture = np.maximum(astronaut, 60)[80:]
    outcome = crop_of(clip(picture[None], [(0, POINTS - [0, 80])]))
    crop = decode("face.jpg", outcome.columns["face.jpg"])
    assert crop.min() > 30 and np.abs(crop[0].astype(int) - crop[20]).mean() < 3


def test_of_two_pictures_of_a_person_the_one_with_open_eyes_is_taken(real):
    """By a face mesh's lids, on a clip with a blink; the five points are the mesh's, too."""
    pictures = np.stack(list(islice(video_frames(real / "video" / "grid_bbaf2n.mpg"), 60)))
    made = result_of(ready(Landmarks())[0], PicturesClip(pictures))
    mesh = decode("landmarks.npy", made.columns["landmarks.npy"])[:, :, :2].astype(np.float64)
    five = np.stack([mesh[:, one].mean(axis=1) for one in ([33, 133], [362, 263], [1], [61], [291])], axis=1)
    lids = np.linalg.norm(mesh[:, [159, 386]] - mesh[:, [145, 374]], axis=2)
    gaps = (lids / np.linalg.norm(mesh[:, [33, 362]] - mesh[:, [133, 263]], axis=2)).mean(axis=1)
    aligned = [warp(one, similarity(at, ARCFACE_112), (112, 112)) for one, at in zip(pictures, five, strict=True)]
    found = [openness(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY)) for one in aligned]
    assert np.corrcoef(found, gaps)[0, 1] > 0.8 and gaps.min() < 0.7 * gaps.max()
    both = pictures[[int(gaps.argmin()), int(np.argmax(found))]]
    rows = [(0, five[gaps.argmin()]), (1, five[np.argmax(found)])]
    assert crop_of(clip(both, rows)).scores["face_frame"] == 1


def test_a_clip_without_a_face_has_no_crop(astronaut):
    frames = np.repeat(astronaut[None], 7, axis=0)
    assert result_of(FaceCrop(), clip(frames, [])) == Failure("no-face", "no face in any of 7 frames")


def test_of_equal_faces_the_first_is_taken_wherever_chunks_end(astronaut):
    frames = np.repeat(astronaut[None], 7, axis=0)
    rows = [(number, POINTS) for number in (2, 3, 6)]
    for chunk in (1, 3, 100):
        assert crop_of(clip(frames, rows, chunk=chunk)).scores["face_frame"] == 2


def test_the_crop_does_not_depend_on_where_chunks_end(astronaut):
    """Frame 4 of 7 is sharp; a second face is in every other frame, and none in the last."""
    frames = np.stack([cv2.GaussianBlur(astronaut, (0, 0), 2 + number / 9) for number in range(7)])
    frames[4] = astronaut
    rows = [(n, points) for n in range(6) for points in ([POINTS + n / 2, POINTS / 2] if n % 2 else [POINTS])]
    outcomes = [crop_of(clip(frames, rows, chunk=chunk)) for chunk in (1, 3, 100)]
    assert outcomes[0] == outcomes[1] == outcomes[2] and outcomes[0].scores["face_frame"] == 4


def test_the_margin_draws_the_face_in(astronaut):
    points = {}
    for margin in (0.0, 0.3):
        outcome = result_of(FaceCrop(FaceCropParams(margin=margin)), clip(astronaut[None], [(0, POINTS)]))
        points[margin] = np.array(outcome.scores["face_points"])
    eyes = {margin: np.linalg.norm(found[1] - found[0]) for margin, found in points.items()}
    assert eyes[0.3] == pytest.approx(0.4 * eyes[0.0], rel=0.01)


@pytest.mark.parametrize("margin", [-0.1, 0.5, float("nan")])
def test_a_margin_that_leaves_no_upright_face_is_refused(margin):
    with pytest.raises(UsageError, match=rf"face_crop\.margin must be from 0 to 0\.4, got {margin}"):
        FaceCropParams(margin)


@pytest.fixture(scope="module")
def faces() -> Faces:
    stage = Faces(FacesParams(backend="mtcnn"))
    stage.setup()
    return stage


@pytest.fixture(scope="module")
def pictures(astronaut) -> np.ndarray:
    """14 frames; the 10th is sharp, and behind it the face goes away."""
    made = np.stack([cv2.GaussianBlur(one, (0, 0), 1.5) for one in moved(astronaut, 14)])
    made[9] = moved(astronaut, 14)[9]
    made[11:] = 128
    return made


@pytest.mark.parametrize("one_by_one", [False, True])
@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_faces_that_are_just_being_found_give_the_crop_of_those_that_are_stored(faces, pictures, chunk, one_by_one):
    live = results_of([faces, FaceCrop()], PicturesClip(pictures, chunk=chunk), one_by_one=one_by_one)
    found = decode("faces.msg", live["faces"].columns["faces.msg"])
    stored = crop_of(PicturesClip(pictures, columns={"faces.msg": found}))
    assert live["face_crop"] == stored and stored.scores["face_frame"] == 9


def of_shard(path: Path, members: dict[str, Any]) -> Result:
    """The crop of a clip in a shard that has faces already; the run looks for none."""
    with Shard(write_shard(path, {"a": members})) as opened:
        shared = SharedClip(opened, 0, opened.json(0))
        result = result_of(FaceCrop(), shared)
        assert shared.counts == ({"frames_decoded": 14} if isinstance(result, Outcome) else {})
        return result


def test_faces_of_an_earlier_run_are_read_from_the_shard(faces, pictures, tmp_path):
    members = sample("a", clip_of(pictures))
    with Shard(write_shard(tmp_path / "bare.tar", {"a": members})) as opened:
        both = results_of([faces, FaceCrop()], SharedClip(opened, 0, opened.json(0)))
    found = both["faces"].columns["faces.msg"]
    assert isinstance(both["face_crop"], Outcome)
    assert of_shard(tmp_path / "with.tar", members | {"faces.msg": found}) == both["face_crop"]


@pytest.mark.parametrize("column", [{}, {"faces.msg": b""}])
def test_without_faces_it_says_whose_failure_that_is(pictures, tmp_path, column):
    result = of_shard(tmp_path / "x.tar", sample("a", clip_of(pictures)) | column)
    assert isinstance(result, Failure) and result.code == "needs-failed" and "faces.msg" in result.reason


@pytest.mark.parametrize("value", [{"box": []}, [1, 2], {"frame": 3}])
def test_a_column_of_another_form_is_that_clip_s_failure(astronaut, value):
    result = result_of(FaceCrop(), PicturesClip(astronaut[None], columns={"faces.msg": value}))
    assert isinstance(result, Failure) and result.code == "bad-column" and "faces.msg" in result.reason
