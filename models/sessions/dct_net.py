"""DCT-Net: a picture as a cartoon, its faces by a network of their own (Men et al., "DCT-Net: Domain-Calibrated
Translation for Portrait Stylization", ACM TOG 2022).

What its two networks are fed, and how one's picture is laid into the other's, is as in the authors' `cartoonize.py`
(menyifang/DCT-Net, Apache-2.0), but for the eyes' points: theirs look for the pupils by brightness.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from faceshards.errors import StageError
from faceshards.media.geometry import ARCFACE_112, invert, similarity, warp
from faceshards.media.picture import read_picture
from faceshards.models.sessions.onnx import OnnxSession

#: The side of the square that a face is drawn in.
SIDE = 288
# Most pixels of a picture's shorter side, and what its sides are made multiples of, in white.
_SHORT, _MULTIPLE = 720, 16
# An aligned face of 112 x 112 at 0.75 of its size about the middle, in the square; ours count half a pixel more.
_FACE = ((ARCFACE_112 - 0.5 - 56) * 0.75 + 56) * (SIDE / 112) + 0.5


class DctNet:
    """The networks of a style, each exported from the authors' graph (tf2onnx): an input and an output, (H, W, 3) of
    BGR 0 to 255, the background's of any size, the head's of 288 x 288; and `alpha.jpg`, which says how much of a
    face's square is shown. Raises StageError for files of another kind.
    """

    def __init__(self, background: Path, head: Path, alpha: Path, device: str = "cpu") -> None:
        self._background, self._head = OnnxSession(background, device), OnnxSession(head, device)
        for path, session in ((background, self._background), (head, self._head)):
            shapes = list(session.inputs.values())
            if len(shapes) != 1 or not _fits(shapes[0], SIDE if path == head else None):
                raise StageError(f"{path} is no network of DCT-Net: it must take one (H, W, 3), not {session.inputs}")
        mask = cv2.resize(read_picture(alpha.read_bytes()), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        self._mask = cv2.cvtColor(mask, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255

    def draw(self, picture: np.ndarray, faces: np.ndarray) -> np.ndarray:
        """A picture, uint8 (H, W, 3) RGB, drawn, with its faces' five points, float (n, 5, 2): the same. Raises
        ValueError for NaN and infinity.
        """
        height, width = picture.shape[:2]
        scale = min(1.0, _SHORT / min(height, width))
        size = (width, height) if scale == 1 else (int(scale * width), int(scale * height))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        drawn = _run(self._background, _padded(small))[: small.shape[0], : small.shape[1]]
        for points in faces * [size[0] / width, size[1] / height]:
            drawn = self._with_head(drawn, small, points)
        back = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA)
        return np.rint(back).clip(0, 255).astype(np.uint8)

    def _with_head(self, drawn: np.ndarray, picture: np.ndarray, points: np.ndarray) -> np.ndarray:
        """What was drawn so far, float (H, W, 3), with a face laid over it."""
        matrix = similarity(points, _FACE)
        head = _run(self._head, warp(picture, matrix, (SIDE, SIDE)))
        size, back = (picture.shape[1], picture.shape[0]), invert(matrix)
        mask = warp(self._mask, back, size)[..., None]
        return mask * warp(head, back, size) + (1 - mask) * drawn


def _fits(shape: tuple[object, ...], side: int | None) -> bool:
    """Whether an input takes pictures whose sides are all `side`; None: whatever they are."""
    return len(shape) == 3 and shape[2] == 3 and all(not isinstance(axis, int) or axis == side for axis in shape[:2])


def _padded(picture: np.ndarray) -> np.ndarray:
    """A picture, uint8 (H, W, 3), whose sides are multiples of 16, white beyond its right and lower edge; where one is
    none the authors add to the other one, too.
    """
    height, width = picture.shape[:2]
    if height % _MULTIPLE == 0 and width % _MULTIPLE == 0:
        return picture
    down, right = (_MULTIPLE - side % _MULTIPLE for side in (height, width))
    return np.pad(picture, [(0, down), (0, right), (0, 0)], constant_values=255)


def _run(session: OnnxSession, picture: np.ndarray) -> np.ndarray:
    """What a network draws of a picture, uint8 (H, W, 3) RGB: float32, RGB. Raises ValueError for NaN and infinity."""
    (name,) = session.inputs
    (drawn,) = session.run({name: np.ascontiguousarray(picture[..., ::-1], session.dtypes[name])}).values()
    if drawn.shape != picture.shape or not np.isfinite(drawn).all():
        raise ValueError(f"DCT-Net drew {drawn.shape} of {picture.shape}, or NaN or infinity")
    return np.ascontiguousarray(drawn[..., ::-1], np.float32)
