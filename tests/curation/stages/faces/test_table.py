"""The column `faces.msg` in the making, and as arrays."""

import numpy as np
import pytest

from faceshards.curation.stages.faces.table import FaceArrays, FaceTable
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
    return filled()


def filled(*, told: list[dict[str, np.ndarray]] | None = None) -> FaceTable:
    """The table; `told` takes what is new behind each frame."""
    table = FaceTable()
    for frame in range(6):
        before = len(table)
        tracks, faces = {1: ([0, 1], found(2)), 4: ([1], found(1, seed=9))}.get(frame, ([], Detections.none()))
        table.add((48, 64, 3), frame, tracks, faces, np.array([True, False][: len(tracks)], bool))
        if told is not None:
            told.append(table.rows_from(before))
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
    table = FaceTable()
    for frame in range(3):
        table.add((48, 64, 3), frame, [], Detections.none(), np.zeros(0, bool))
    record = table.record()
    assert (record["size"], record["frames"]) == ([64, 48], 3)
    assert table.scores() == {"face_share": 0.0, "faces_max": 0}
    faces = FaceArrays.of(decode("faces.msg", encode("faces.msg", record)))
    assert len(faces) == 0
    assert (faces.boxes.shape, faces.points.shape, faces.scores.shape) == ((0, 4), (0, 5, 2), (0,))


def test_rows_told_as_they_come_are_those_of_the_whole_table(table):
    """Rounded alike, so that it does not show whether a stage read them live or from the column."""
    told: list[dict[str, np.ndarray]] = []
    filled(told=told)
    assert [len(rows["frame"]) for rows in told] == [0, 2, 0, 0, 1, 0]
    whole = FaceArrays.of(decode("faces.msg", encode("faces.msg", table.record())))
    parts = [FaceArrays.of(rows) for rows in told]
    for name in ("frame", "track", "boxes", "points", "scores"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert np.array_equal(joined, getattr(whole, name)) and joined.dtype == getattr(whole, name).dtype


def test_of_no_rows_there_may_be_frames_alone():
    """As a live column tells them."""
    faces = FaceArrays.of({"frame": np.zeros(0, np.int64)})
    assert len(faces) == 0 and (faces.boxes.shape, faces.points.shape) == ((0, 4), (0, 5, 2))
