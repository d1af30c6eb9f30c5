"""Which pixels are a person's, for people before a camera: MediaPipe's selfie segmentation, in 256 x 256 pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.models.sessions.litert import LiteRtSession

#: The side of its input and of its mask, in pixels; pictures of another shape are drawn to a square.
SIDE = 256


class SelfieSegmentation:
    """The network `selfie_segmentation` (MediaPipe's general model)."""

    def __init__(self, model: Path) -> None:
        self._session = LiteRtSession(model)
        (self._input,) = self._session.inputs

    def run(self, pictures: np.ndarray) -> tuple[np.ndarray]:
        """Of pictures, uint8 (n, 256, 256, 3) RGB: how sure it is that a pixel is a person's, float32 (n, 256, 256),
        0 to 1.
        """
        (mask,) = self._session.run({self._input: pictures.astype(np.float32) / 255}).values()
        return (mask.reshape(len(pictures), SIDE, SIDE),)
