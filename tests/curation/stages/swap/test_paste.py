"""A face back in its frame, against the arithmetic of InsightFace restated here on a whole frame."""

import cv2
import numpy as np
import pytest

from faceshards.curation.stages.swap.paste import pasted


def theirs(frame: np.ndarray, face: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """`INSwapper.get` from where the network has drawn on; its matrix counts from the first pixel's centre."""
    index = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    whole = np.linalg.inv(index) @ np.vstack([matrix, [0, 0, 1]]) @ index
    back = cv2.invertAffineTransform(whole[:2])
    size = (frame.shape[1], frame.shape[0])
    white = cv2.warpAffine(np.full(face.shape[:2], 255, np.float32), back, size, borderValue=0.0)
    drawn = cv2.warpAffine(face, back, size, borderValue=0.0)
    white[white > 20] = 255
    rows, columns = np.where(white == 255)
    mask_size = int(np.sqrt((rows.max() - rows.min()) * (columns.max() - columns.min())))
    k = max(mask_size // 10, 10)
    white = cv2.erode(white, np.ones((k, k), np.uint8), iterations=1)
    k = max(mask_size // 20, 5)
    white = cv2.GaussianBlur(white, (2 * k + 1, 2 * k + 1), 0) / 255
    return white[..., None] * drawn + (1 - white[..., None]) * frame.astype(np.float32)


def turned(scale: float, angle: float, middle: tuple[float, float], side: int = 128) -> np.ndarray:
    """The matrix that takes a turned square about `middle` to one of `side` pixels."""
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    linear = np.array([[cos, sin], [-sin, cos]])
    return np.column_stack([linear, side / 2 - linear @ np.array(middle)])


@pytest.mark.parametrize(
    ("scale", "angle", "middle"),
    [(1.0, 0.0, (130, 120)), (1.5, 0.4, (140.3, 131.7)), (2.4, -0.3, (40, 230)), (0.5, 3.0, (128, 128))],
)
def test_it_is_insightface_s_and_nothing_beyond_the_square_has_changed(scale, angle, middle):
    random = np.random.default_rng(0)
    frame, face = (random.integers(0, 256, (side, side, 3), np.uint8) for side in (256, 128))
    matrix = turned(scale, angle, middle)
    made, known = pasted(frame, face, matrix), theirs(frame, face, matrix)
    apart = np.abs(made - known)
    assert apart.max() < 2 and apart.mean() < 0.3  # rounded; and OpenCV rounds where a pixel comes from, here in noise
    x, y = np.meshgrid(np.arange(256) + 0.5, np.arange(256) + 0.5)
    inside = np.stack([x, y], axis=-1) @ matrix[:, :2].T + matrix[:, 2]
    reach = 1 / scale  # a pixel of the frame
    beyond = ((inside < -reach) | (inside > 128 + reach)).any(axis=-1)
    assert np.array_equal(made[beyond], frame[beyond]) and (made[~beyond] != frame[~beyond]).mean() > 0.3


def test_a_square_beyond_the_frame_changes_nothing():
    frame = np.full((64, 64, 3), 7, np.uint8)
    assert np.array_equal(pasted(frame, np.zeros((128, 128, 3), np.uint8), turned(1, 0, (500, 500))), frame)
    tiny = pasted(frame, np.zeros((128, 128, 3), np.uint8), turned(0.05, 0, (32, 32)))
    assert np.array_equal(tiny, frame)  # all of it is worn away
