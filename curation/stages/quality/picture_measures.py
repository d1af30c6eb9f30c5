"""What a picture is like: its light, its sharpness, the traces of its compression."""

from __future__ import annotations

import cv2
import numpy as np

#: The longer side that a picture is brought down to before its sharpness and its motion are measured.
SIDE = 512
# What the camera cut off is 255, and may come out of a decoder as one less.
_CUT_OFF = 254
# JPEG, MPEG-1, -2 and -4 and the transforms of H.264 and HEVC: blocks of 8 pixels or parts of them.
_BLOCK = 8
# Grey levels that a step has at the least, so that a flat picture has a ratio of 1.
_NOTHING = 1e-3


def luma(picture: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3) RGB -> uint8 (H, W): .299 R + .587 G + .114 B (ITU-R BT.601), which OpenCV calls grey."""
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def highlights(grey: np.ndarray) -> float:
    """The share of pixels that are as bright as can be."""
    return float(np.count_nonzero(grey >= _CUT_OFF) / grey.size)


def brought_down(grey: np.ndarray, side: int) -> np.ndarray:
    """A picture whose longer side is at most `side` pixels: averaged down, never enlarged."""
    height, width = grey.shape
    scale = side / max(height, width)
    if scale >= 1:
        return grey
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA)


def sharpness(grey: np.ndarray) -> float:
    """The variance of the Laplacian (Pech-Pacheco et al. 2000), in squared grey levels: little where it is blurred.

    It is as good as the scale at which it is taken: compare pictures of one size.
    """
    return float(cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))[1].item() ** 2)


def blockiness(grey: np.ndarray) -> float:
    """How much more neighbouring pixels differ across the borders of 8 x 8 blocks than elsewhere: about 1 where there
    are none, above it where a codec shows (after Wang, Sheikh and Bovik 2002). Pictures that were scaled behind their
    compression have their borders elsewhere, and show nothing; nor do flat ones.
    """
    if min(grey.shape) < 2:
        return 1.0
    across = cv2.reduce(cv2.absdiff(grey[:, 1:], grey[:, :-1]), 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    down = cv2.reduce(cv2.absdiff(grey[1:], grey[:-1]), 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    (inner, within), (outer, at_borders) = (
        np.sum([_steps(across, grey.shape[0], border), _steps(down, grey.shape[1], border)], axis=0)
        for border in (False, True)
    )
    return float((at_borders / max(outer, 1) + _NOTHING) / (within / max(inner, 1) + _NOTHING))


def _steps(sums: np.ndarray, length: int, border: bool) -> tuple[int, int]:
    """How many steps of `length` pixels each there are at borders of blocks, or elsewhere, and the sum of them."""
    chosen = sums[(np.arange(1, len(sums) + 1) % _BLOCK == 0) == border]
    return len(chosen) * length, int(chosen.sum())
