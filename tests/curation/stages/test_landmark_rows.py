"""The rows of a face that is followed, beside the pictures that show it."""

import asyncio
from typing import Any

import numpy as np

from faceshards.curation.stages.landmark_rows import landmark_rows
from faceshards.media.video.chunks import Chunk


class Told:
    """A clip whose live rows are these."""

    def __init__(self, rows: dict[str, np.ndarray]) -> None:
        self.told = rows

    async def rows(self, column: str, chunk: Chunk) -> dict[str, np.ndarray]:
        assert column == "landmarks.npy"
        return self.told


def rows_of(told: dict[str, np.ndarray]) -> Any:
    pictures = np.arange(10, 14, dtype=np.uint8)[:, None, None, None].repeat(3, axis=3)
    chunk = Chunk(np.arange(10, 14), pictures, lambda: np.arange(4.0))
    return asyncio.run(landmark_rows(Told(told), chunk))  # type: ignore[arg-type]


def test_each_face_stands_beside_its_own_picture():
    points = np.random.default_rng(0).random((2, 478, 3), np.float32)
    found = rows_of({"frame": np.array([11, 13]), "landmarks.npy": points})
    assert found.numbers.tolist() == [11, 13] and found.pictures[:, 0, 0, 0].tolist() == [11, 13]
    np.testing.assert_array_equal(found.points, points)


def test_pictures_without_a_face_are_left_out():
    found = rows_of({"frame": np.zeros(0, np.int64)})
    assert found.points.shape == (0, 478, 3) and found.pictures.shape == (0, 1, 1, 3) and found.numbers.shape == (0,)
