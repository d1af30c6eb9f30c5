import numpy as np
import pytest

from faceshards.curation.stages.faces.tracks import Tracks, greedy


def boxes(*corners: tuple[float, float], side: float = 100) -> np.ndarray:
    return np.array([[x, y, x + side, y + side] for x, y in corners], np.float32).reshape(-1, 4)


def numbers(tracks: Tracks, found: np.ndarray, frame: int) -> list[int]:
    return [track.number for track in tracks.assign(found, frame)]


def test_faces_keep_their_numbers_as_they_move_whatever_their_order():
    tracks = Tracks()
    assert numbers(tracks, boxes((0, 0), (300, 0)), 0) == [0, 1]
    assert numbers(tracks, boxes((290, 5), (20, 0)), 1) == [1, 0]
    assert numbers(tracks, boxes((280, 10), (40, 0)), 2) == [1, 0]


def test_a_face_that_comes_is_new():
    tracks = Tracks()
    assert numbers(tracks, boxes((0, 0)), 0) == [0]
    assert numbers(tracks, boxes((0, 0), (300, 300)), 1) == [0, 1]
    assert tracks.count == 2


@pytest.mark.parametrize(("gap", "number"), [(1, 0), (10, 0), (11, 1)])
def test_a_face_that_was_away_for_longer_than_the_memory_is_new(gap, number):
    tracks = Tracks(memory=10)
    tracks.assign(boxes((0, 0)), 0)
    assert numbers(tracks, boxes((0, 0)), gap) == [number]


def test_active_faces_are_those_of_the_frame_before():
    tracks = Tracks()
    tracks.assign(boxes((0, 0), (300, 0)), 0)
    tracks.assign(boxes((0, 0)), 1)
    assert [track.number for track in tracks.active(2)] == [0]
    assert tracks.active(3) == []


def test_two_boxes_never_share_a_track():
    tracks = Tracks()
    tracks.assign(boxes((0, 0)), 0)
    assert sorted(numbers(tracks, boxes((10, 0), (0, 0)), 1)) == [0, 1]
    assert tracks.known[0].box.tolist() == boxes((0, 0))[0].tolist()  # the better overlap got the old number


def test_pairs_are_taken_best_first_and_each_row_and_column_once():
    overlaps = np.array([[0.9, 0.8], [0.85, 0.2]])
    assert list(greedy(overlaps, 0.3)) == [(0, 0)]
    assert list(greedy(overlaps, 0.1)) == [(0, 0), (1, 1)]
    assert list(greedy(np.zeros((0, 3)), 0.1)) == []
