"""Where things are in a picture: similarity and letterbox transforms, five-point templates, boxes.

Coordinates are pixels, x right, y down; 0.0 is the left (top) edge of the picture and pixel i covers [i, i + 1), so
that its centre is i + 0.5. A matrix is float64 (2, 3) and takes (x, y, 1) to (x', y'). Sizes are (width, height).
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from faceshards.errors import ClipError

#: How a part of a picture becomes one of another shape: it is squashed; what is too much of it is left out on both
#: sides; or it stands whole on black.
Fit = Literal["squash", "crop", "letterbox"]
#: What a picture is made of: RGB, or the planes Y, Cb and Cr of 4:2:0.
Pixel = Literal["rgb", "yuv420"]
#: What is shown beyond a picture's edge.
Beyond = Literal["black", "edge"]

#: Left eye, right eye, nose, left and right corner of the mouth, as seen in the picture, of a face aligned for
#: ArcFace: float64 (5, 2) in a picture of 112x112. Source: InsightFace `arcface_dst`, plus 0.5, as it counts from the
#: first pixel's centre.
ARCFACE_112 = 0.5 + np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)

#: The same face in a picture of 224x224.
FACE_224 = 2 * ARCFACE_112


def upright(width: int, height: int, rotation: int) -> tuple[int, int]:
    """Width and height of a picture once it is turned."""
    return (height, width) if rotation % 180 else (width, height)


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The turn, scale and shift, (2, 3), that take points `source` (N, 2) nearest to `target` (N, 2); never a mirror.

    Least squares by Umeyama 1991, eqs. 38-43. Raises ClipError `no-face` where the source points all coincide.
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    middle, aim = source.mean(axis=0), target.mean(axis=0)
    spread = np.square(source - middle).sum()
    if not spread > 0:
        raise ClipError("no-face", "a similarity needs at least 2 different points, got all in one place")
    left, strengths, right = np.linalg.svd((target - aim).T @ (source - middle))
    signs = np.array([1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    turn = (left * signs) @ right
    linear = (strengths * signs).sum() / spread * turn
    return np.column_stack([linear, aim - linear @ middle])


def apply(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (..., 2) moved by a matrix (2, 3): float64 (..., 2). A box goes as its two corners, (..., 2, 2)."""
    return np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]


def invert(matrix: np.ndarray) -> np.ndarray:
    """The matrix (2, 3) that undoes `matrix`."""
    (a, b, x), (c, d, y) = matrix.tolist()  # by hand: NumPy takes ten times as long, and stages do this for every frame
    size = a * d - b * c
    return np.array([[d, -b, b * y - d * x], [-c, a, c * x - a * y]]) / size


def scale_of(matrix: np.ndarray) -> float:
    """How much larger a matrix (2, 3) makes things: the root of what it does to areas."""
    (a, b, _), (c, d, _) = matrix.tolist()
    return math.sqrt(abs(a * d - b * c))


def warp(image: np.ndarray, matrix: np.ndarray, size: tuple[int, int], beyond: Beyond = "black") -> np.ndarray:
    """The picture, uint8 (H, W, 3) or (H, W), moved by `matrix` into one of `size`; where it has nothing to show there
    is black, or its `edge` drawn out.

    Bilinear; a picture that shrinks to less than half is averaged down first, so that nothing flickers.
    """
    import cv2

    shrink = int(1 / scale_of(matrix))
    if shrink >= 2:
        rows, columns = _looked_at(image.shape[:2], matrix, size, shrink)
        matrix = matrix @ np.array([[1.0, 0.0, columns.start], [0.0, 1.0, rows.start], [0.0, 0.0, 1.0]])
        image = image[rows, columns]
        height, width = (-(-side // shrink) for side in image.shape[:2])
        matrix = matrix * [image.shape[1] / width, image.shape[0] / height, 1.0]
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    # OpenCV counts from the first pixel's centre.
    (a, b, x), (c, d, y) = matrix.tolist()
    moved = np.array([[a, b, x + (a + b) / 2 - 0.5], [c, d, y + (c + d) / 2 - 0.5]])
    border = cv2.BORDER_REPLICATE if beyond == "edge" else cv2.BORDER_CONSTANT
    return cv2.warpAffine(image, moved, size, flags=cv2.INTER_LINEAR, borderMode=border)


def _looked_at(shape: tuple[int, int], matrix: np.ndarray, size: tuple[int, int], block: int) -> tuple[slice, slice]:
    """The rows and the columns of a picture of this shape (H, W) that can be seen when `matrix` moves it into one of
    `size`: whole blocks from its corner on, two more on each side than are seen, and at least three, for the last one
    may be a line of pixels.
    """
    corners = np.array([[0, 0], [size[0], 0], [0, size[1]], size])
    seen = apply(invert(matrix), corners)
    slices = []
    for side, low, high in zip(shape[::-1], seen.min(axis=0).tolist(), seen.max(axis=0).tolist(), strict=True):
        last = (side - 1) // block
        first = min(max(0, math.floor(low / block) - 2), max(0, last - 2))
        behind = min(max(first, math.ceil(high / block) + 1), last)
        slices.append(slice(first * block, min(side, (behind + 1) * block)))
    return slices[1], slices[0]


def letterbox_matrix(own: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """The matrix (2, 3) that fits a picture of `own` size centrally into `size`, keeping its shape."""
    scale = min(size[0] / own[0], size[1] / own[1])
    shift = (np.array(size) - scale * np.array(own)) / 2
    return np.column_stack([scale * np.eye(2), shift])


def letterbox(image: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The whole picture (H, W, 3) within `size` on black, and the matrix (2, 3) that took it there."""
    matrix = letterbox_matrix((image.shape[1], image.shape[0]), size)
    return warp(image, matrix, size), matrix


def crop_matrix(box: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The matrix (2, 3) that takes the box (x1, y1, x2, y2) to the whole of a picture of `size`."""
    low, high = np.asarray(box, np.float64).reshape(2, 2)
    scale = np.array(size) / (high - low)
    return np.column_stack([np.diag(scale), -scale * low])


def square_box(box: np.ndarray, margin: float = 0.0) -> np.ndarray:
    """The square (4,) about a box's centre whose side is the box's longer one plus `margin` of it on each side.

    It may leave the picture; `warp` shows black there.
    """
    low, high = np.asarray(box, np.float64).reshape(2, 2)
    half = (high - low).max() * (0.5 + margin)
    middle = (low + high) / 2
    return np.concatenate([middle - half, middle + half])


def iou(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of boxes (N, 4) and (M, 4): float64 (N, M) in 0..1; 0 where both are empty."""
    boxes, others = (np.asarray(b, np.float64).reshape(-1, 2, 2) for b in (boxes, others))
    low = np.maximum(boxes[:, None, 0], others[None, :, 0])
    high = np.minimum(boxes[:, None, 1], others[None, :, 1])
    common = (high - low).clip(0).prod(axis=2)
    areas, other_areas = ((b[:, 1] - b[:, 0]).clip(0).prod(axis=1) for b in (boxes, others))
    union = areas[:, None] + other_areas[None, :] - common
    return np.divide(common, union, out=np.zeros_like(common), where=union > 0)
