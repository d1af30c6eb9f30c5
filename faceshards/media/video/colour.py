"""What takes a picture's Y, Cb and Cr to RGB: by its tags, in the formulas of ITU-T H.273."""

from __future__ import annotations

from functools import cache

import numpy as np
from av.video.frame import VideoFrame

# H.273, table 4: code of the matrix -> its weights of red and blue. 2, "unspecified", is BT.601, as in FFmpeg.
_WEIGHTS = {1: (0.2126, 0.0722), 2: (0.299, 0.114), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
_FULL = 2  # FFmpeg's AVCOL_RANGE_JPEG; what is not told is limited


def rgb_matrix(picture: VideoFrame) -> np.ndarray | None:
    """The matrix, float64 (3, 4), that takes (Y, Cb, Cr, 1) of a picture to full-range R, G, B, all in 0..255; None for
    pictures of other colours (RGB, grey, YCgCo, ...).
    """
    if not picture.format.name.startswith(("yuv4", "yuvj4")):
        return None
    is_full = picture.color_range == _FULL or picture.format.name.startswith("yuvj")
    weights = _WEIGHTS.get(int(picture.colorspace))
    return None if weights is None else _matrix(weights, is_full)


@cache
def _matrix(weights: tuple[float, float], is_full: bool) -> np.ndarray:
    """H.273, 8.3: luma and chroma of both ranges, solved for red, green and blue."""
    red, blue = weights
    green = 1 - red - blue
    luma, chroma, black = (1.0, 1.0, 0.0) if is_full else (255 / 219, 255 / 224, 16.0)
    to_red, to_blue = 2 * (1 - red) * chroma, 2 * (1 - blue) * chroma
    linear = np.array(
        [[luma, 0, to_red], [luma, -to_blue * blue / green, -to_red * red / green], [luma, to_blue, 0]], np.float64
    )
    return np.column_stack([linear, -linear @ [black, 128.0, 128.0]])


def planes_matrix(picture: VideoFrame | None) -> np.ndarray:
    """`rgb_matrix` of the planes that a picture is handed over as: its own, or BT.601 in limited range."""
    found = None if picture is None else rgb_matrix(picture)
    return _matrix(_WEIGHTS[6], is_full=False) if found is None else found


def black_of(matrix: np.ndarray) -> list[int]:
    """Y, Cb and Cr of black: 16 in limited range, 0 in full range."""
    return [16 if is_limited(matrix) else 0, 128, 128]


def is_limited(matrix: np.ndarray) -> bool:
    """Whether the luma of a matrix goes from 16 to 235."""
    return bool(matrix[0, 0] > 1)
