"""The stage `dwpose` by MediaPipe's networks, on real pictures and clips."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.stages.dwpose import DwPose, DwPoseParams
from faceshards.media.picture import read_picture
from faceshards.media.video.decode import frames
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, ready, result_of

RIGHT_SHOULDER, LEFT_SHOULDER, RIGHT_EYE, LEFT_EYE = 2, 5, 14, 15
FACE = slice(24, 92)


@pytest.fixture(scope="module")
def stage() -> DwPose:
    return ready(DwPose())[0]


def look(stage: DwPose, pictures: np.ndarray, chunk: int = 7) -> tuple[dict[str, np.ndarray], dict]:
    result = result_of(stage, PicturesClip(np.asarray(pictures), chunk=chunk))
    assert isinstance(result, Outcome), result
    columns = {name: decode(name, body) for name, body in result.columns.items()}
    assert len({len(column) for column in columns.values()}) == 1
    return columns, dict(result.scores)


def photograph(real: Path, name: str) -> np.ndarray:
    return read_picture((real / "image" / name).read_bytes())


def test_a_person_and_in_the_mirror_left_is_right(stage, astronaut):
    columns, scores = look(stage, np.stack([astronaut, astronaut[:, ::-1]]))
    assert scores == {"persons": 1, "person_share": 1.0} and columns["dwpose_frame.npy"].tolist() == [0, 1]
    points, sure = columns["dwpose.npy"], columns["dwpose_score.npy"]
    for ours, theirs in ((0, 0), (RIGHT_EYE, LEFT_EYE), (RIGHT_SHOULDER, LEFT_SHOULDER)):
        assert np.linalg.norm(points[1, theirs] - [256 - points[0, ours, 0], points[0, ours, 1]]) < 15
        assert (sure[:, ours] > 0.8).all()
    assert (points[0, RIGHT_EYE, 0] < points[0, LEFT_EYE, 0]) and (sure[:, FACE] > 0.8).all()
    nose = points[0, 24 + 30]  # its tip, of the 68 points
    assert np.linalg.norm(nose - points[0, 0]) < 10
    x1, y1, x2, y2 = columns["person_box.npy"][0]
    assert 0 <= x1 < points[0, FACE, 0].min() and 0 <= y1 < points[0, FACE, 1].min() and y2 > 250 and x2 > 240


def test_nobody_has_no_row(stage, real):
    noise = np.random.default_rng(3).integers(0, 256, (3, 90, 120, 3), np.uint8)
    empty = [noise, *(photograph(real, name)[None] for name in ("livep_s38.jpg", "animegan_input1.jpg"))]
    for pictures in empty:
        columns, scores = look(stage, pictures)
        assert scores == {"persons": 0, "person_share": 0.0} and columns["dwpose.npy"].shape == (0, 134, 2)


def test_two_persons_keep_their_rows_and_no_third_one_appears(stage, real):
    picture = photograph(real, "fr_obama_and_biden.jpg")[::2, ::2]
    columns, scores = look(stage, np.stack([picture] * 3))
    assert scores["persons"] == 2 and columns["dwpose_frame.npy"].tolist() == [0, 0, 1, 1, 2, 2]
    eyes = columns["dwpose.npy"][:, RIGHT_EYE, 0].reshape(3, 2)
    assert (eyes[:, 0] - eyes[:, 1] > 100).all() and eyes[2, 0] - eyes[2, 1] > 150
    assert (columns["dwpose_score.npy"][:, FACE] > 0.5).all()


def test_the_surest_is_followed_and_all_are_counted(real, stage):
    picture = photograph(real, "fr_obama_and_biden.jpg")[::2, ::2]
    (one,) = ready(DwPose(DwPoseParams(most=1)))
    columns, scores = look(one, picture[None])
    assert scores == {"persons": 2, "person_share": 1.0} and len(columns["dwpose.npy"]) == 1


def test_who_goes_is_lost_and_found_again_whatever_the_chunks(stage, real):
    pictures = np.stack(list(islice(frames(real / "video" / "livep_d20.mp4"), 12)))
    pictures[4:7] = 128
    columns, scores = look(stage, pictures, chunk=5)
    assert columns["dwpose_frame.npy"].tolist() == [0, 1, 2, 3, 7, 8, 9, 10, 11] and scores["person_share"] == 0.75
    again, _ = look(stage, pictures, chunk=100)
    for name, column in columns.items():
        np.testing.assert_array_equal(column, again[name])
