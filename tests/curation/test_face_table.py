"""The column `faces.msg` in the making, and as arrays."""

import numpy as np
import pytest

from faceshards.curation.face_table import FaceArrays, FaceTable
from faceshards.models.detections import Detections
from faceshards.shards.schema.codecs import decode, encode


def found(count: int, seed: int = 0) -> Detections:
    rng = np.random.default_rng(seed)
    return Detections(
        rng.uniform(-20, 300, (count, 4)).astype(np.float32),
        rng.uniform(-20, 300, (count, 5, 2)).astype(np.float32),
        rng.uniform(0, 1, count).astype(np.float32),
    )


@pytest.fixture
def table() -> FaceTable:
    """Six frames: two faces in frame 1, one in frame 4, none in the others."""
    table = FaceTable(64, 48, 6)
    table.add(1, [0, 1], found(2), np.array([True, False]))
    table.add(2, [], Detections.none(), np.zeros(0, bool))
    table.add(4, [1], found(1, seed=9), np.array([True]))
    return table


def test_a_row_is_a_detection_and_comes_back_from_its_bytes(table):
    record = decode("faces.msg", encode("faces.msg", table.record()))
    assert (record["size"], record["frames"]) == ([64, 48], 6)
    assert (record["frame"], record["track"], record["full"]) == ([1, 1, 4], [0, 1, 1], [True, False, True])
    faces = FaceArrays.of(record)
    assert len(faces) == 3 and faces.frame.dtype == faces.track.dtype == np.int64
    both = [found(2), found(1, seed=9)]
    assert np.abs(faces.boxes - np.concatenate([one.boxes for one in both])).max() <= 0.005 + 1e-4
    assert np.abs(faces.points - np.concatenate([one.points for one in both])).max() <= 0.005 + 1e-4
    assert np.abs(faces.scores - np.concatenate([one.scores for one in both])).max() <= 0.00005 + 1e-6


def test_numbers_are_short_so_that_the_column_is(table):
    record = table.record()
    numbers = np.array(record["box"]).ravel().tolist() + np.array(record["points"]).ravel().tolist()
    assert all(number == round(number, 2) for number in numbers)
    assert all(score == round(score, 4) for score in record["score"])


def test_the_scores_count_frames_and_not_faces(table):
    assert table.scores() == {"face_share": round(2 / 6, 4), "faces_max": 2}


def test_a_clip_without_a_face_has_an_empty_table_of_the_same_form():
    table = FaceTable(64, 48, 3)
    assert table.scores() == {"face_share": 0.0, "faces_max": 0}
    faces = FaceArrays.of(decode("faces.msg", encode("faces.msg", table.record())))
    assert len(faces) == 0
    assert (faces.boxes.shape, faces.points.shape, faces.scores.shape) == ((0, 4), (0, 5, 2), (0,))
