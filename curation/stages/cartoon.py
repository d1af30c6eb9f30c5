"""Drawing a picture as a cartoon: flat colours in soft steps, dark lines along edges.

After Winnemöller, Olsen and Gooch, "Real-Time Video Abstraction" (SIGGRAPH 2006): bilateral filtering, soft
quantisation of luminance, and difference-of-Gaussians lines. Every step is smooth in the input, so that noise
does not make it flicker.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np


@dataclass(frozen=True)
class Cartoon:
    """`levels` of luminance in steps of some `hardness`, `saturation` of the colours, darkness 0..1 of the
    `lines`.
    """

    levels: int = 8
    hardness: float = 6.0
    saturation: float = 1.3
    lines: float = 0.9

    def draw(self, frame: np.ndarray) -> np.ndarray:
        """uint8 (H, W, 3) RGB -> the same shape."""
        light, *colours = cv2.split(cv2.cvtColor(flattened(frame), cv2.COLOR_RGB2LAB))
        flat, raised = self._tables
        light = _rounded(cv2.LUT(light, flat) * (1 - self.lines * line_strength(frame)))
        drawn = cv2.merge([light, *(cv2.LUT(colour, raised) for colour in colours)])
        return cv2.cvtColor(drawn, cv2.COLOR_LAB2RGB)

    @cached_property
    def _tables(self) -> tuple[np.ndarray, np.ndarray]:
        """What becomes of each value 0..255: of luminance, float32 (256,), and of a colour, uint8 (256,)."""
        values = np.arange(256, dtype=np.float32)
        return self._quantised(values), _rounded((values - 128) * self.saturation + 128)

    def _quantised(self, light: np.ndarray) -> np.ndarray:
        """Luminance 0..255 drawn to the middle of its step; where two steps meet, along a tanh and not by a
        jump.
        """
        step = 255 / self.levels
        border = np.round(light / step) * step
        return border + step / 2 * np.tanh(self.hardness * (light - border) / step)


def _rounded(values: np.ndarray) -> np.ndarray:
    return values.round().clip(0, 255).astype(np.uint8)


def flattened(frame: np.ndarray) -> np.ndarray:
    """The picture with its textures smoothed away and its edges kept: three bilateral passes at half size."""
    height, width = frame.shape[:2]
    small = cv2.resize(frame, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    for _ in range(3):
        small = cv2.bilateralFilter(small, d=5, sigmaColor=30, sigmaSpace=3)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def line_strength(
    frame: np.ndarray, sigma: float = 1.2, sensitivity: float = 0.98, sharpness: float = 0.35
) -> np.ndarray:
    """How much of a line there is at each pixel, float32 (H, W), 0..1: the smooth threshold of eq. 6 of the
    paper.

    `sensitivity` is its tau, `sharpness` its phi_e for luminance in 0..255, `sigma` the width of a line in
    pixels.
    """
    light = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    narrow = cv2.GaussianBlur(light, (0, 0), sigma)
    wide = cv2.GaussianBlur(light, (0, 0), sigma * 1.6)  # 1.6: nearest to a Laplacian (Marr and Hildreth 1980)
    return np.tanh(sharpness * np.maximum(0, sensitivity * wide - narrow))
