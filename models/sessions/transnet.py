"""TransNetV2: in which frames a video passes from one shot to the next (Souček and Lokoč 2020, arXiv 2008.04838).

What it is fed, and what is made of it, is as in the authors' `inference/transnetv2.py` (soCzech/TransNetV2, MIT).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.errors import StageError
from faceshards.models.sessions.onnx import OnnxSession

#: Frames of a window, and height and width of its pictures.
FRAMES, HEIGHT, WIDTH = 100, 27, 48
# Logits beyond it are 0 and 1 in float32.
_SURE = 88


class TransNet:
    """An export of TransNetV2 with one input, uint8 or float32 (n, 100, 27, 48, 3), RGB of 0 to 255, whose first output
    is a logit a frame, (n, 100) or (n, 100, 1). Raises StageError for another.
    """

    def __init__(self, model: Path, device: str = "cpu") -> None:
        self._session = OnnxSession(model, device)
        inputs = self._session.inputs
        window = (FRAMES, HEIGHT, WIDTH, 3)
        shapes = list(inputs.values())
        if len(shapes) != 1 or len(shapes[0]) != 5 or not all(map(_fits, shapes[0][1:], window)):
            raise StageError(f"{model} is no TransNetV2: it must take one input (n, 100, 27, 48, 3), not {inputs}")
        (self._input,) = inputs
        self._dtype = self._session.dtypes[self._input]

    def run(self, windows: np.ndarray) -> tuple[np.ndarray]:
        """Of windows, uint8 (n, 100, 27, 48, 3) RGB, how likely each frame is part of a passage: float32 (n, 100),
        0..1. Each runs alone, as the authors have it. Raises ValueError for NaN.
        """
        found = []
        for window in windows[:, None]:
            logits = next(iter(self._session.run({self._input: window.astype(self._dtype)}).values()))
            found.append(logits.reshape(FRAMES).astype(np.float32))
        if np.isnan(found).any():
            raise ValueError("TransNetV2 returned NaN")
        return (1 / (1 + np.exp(-np.stack(found).clip(-_SURE, _SURE))),)


def _fits(axis: object, side: int) -> bool:
    """Whether an axis is of so many, or free."""
    return axis == side or not isinstance(axis, int)
