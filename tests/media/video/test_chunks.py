import av
import numpy as np
import pytest

from faceshards.media.video import chunks
from faceshards.media.video.chunks import Chunk, painted, repeated


def picture(number: int, width: int = 8, height: int = 4) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.full((height, width, 3), 10 * number, np.uint8), "rgb24")


def greys(arrays) -> list[list[int]]:
    return [(array[:, 0, 0, 0] // 10).tolist() for array in arrays]


@pytest.mark.parametrize(("most", "sizes"), [(None, [7]), (7, [7]), (3, [3, 3, 1]), (1, [1] * 7), (100, [7])], ids=str)
def test_pictures_come_in_their_order_in_arrays_of_at_most_so_many(most, sizes):
    found = list(painted(map(picture, range(7)), None, None, most))
    assert [array.shape for array in found] == [(size, 4, 8, 3) for size in sizes]
    assert np.concatenate(greys(found)).tolist() == list(range(7))
    assert all((array == array[:, :1, :1, :1]).all() for array in found)


@pytest.mark.parametrize(("room", "sizes"), [(96 * 3 + 95, [3, 3, 1]), (96, [1] * 7), (1, [1] * 7)])
def test_memory_bounds_an_array_and_one_picture_always_fits(monkeypatch, room, sizes):
    monkeypatch.setattr(chunks, "_BYTES", room)  # a picture takes 8 x 4 x 3 bytes
    assert list(map(len, painted(map(picture, range(7)), None, None, None))) == sizes


def test_an_array_is_not_written_again_by_the_next():
    found = list(painted(map(picture, range(4)), None, None, 2))
    assert greys(found) == [[0, 1], [2, 3]] and not np.shares_memory(*found)


def test_no_more_is_drawn_than_an_array_holds():
    drawn = []
    found = painted((drawn.append(number) or picture(number) for number in range(9)), None, None, 2)
    next(found)
    assert drawn == [0, 1]


def test_no_picture_is_no_array():
    assert list(painted(iter([]), (4, 4), None, None)) == []


@pytest.mark.parametrize(
    ("size", "rotation", "shape"),
    [(None, None, (4, 8)), (None, 90, (8, 4)), ((6, 2), 0, (2, 6)), ((6, 2), 270, (2, 6))],
    ids=str,
)
def test_size_and_rotation_are_the_painters(size, rotation, shape):
    (found,) = painted(iter([picture(3)]), size, rotation, None)
    assert found.shape == (1, *shape, 3) and found.dtype == np.uint8


@pytest.mark.parametrize("numbers", [[3], [0, 2, 4], [5, 5, 6, 7, 7, 7], []], ids=str)
def test_a_picture_is_shown_as_often_as_its_number_is_wanted(numbers):
    distinct = iter(sorted(set(numbers)))
    assert list(repeated(distinct, np.array(numbers, np.int64))) == numbers


def test_a_chunk_tells_when_its_pictures_are_shown():
    chunk = Chunk(np.array([1, 3]), np.zeros((2, 4, 8, 3), np.uint8), lambda: np.arange(5) / 25)
    assert chunk.times.tolist() == [1 / 25, 3 / 25]
