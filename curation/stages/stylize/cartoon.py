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
        height, width = frame.shape[:2]
        light, *colours = cv2.split(cv2.cvtColor(flattened(frame), cv2.COLOR_RGB2LAB))
        flat, raised = self._tables
        small = cv2.merge([light, *(cv2.LUT(colour, raised) for colour in colours)])
        light, *colours = cv2.split(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
        kept = 1 - self.lines * line_strength(frame)
        drawn = cv2.multiply(cv2.LUT(light, flat), kept, dtype=cv2.CV_8U)  # rounded, and held within 0..255
        return cv2.cvtColor(cv2.merge([drawn, *colours]), cv2.COLOR_LAB2RGB)

    @cached_property
    def _tables(self) -> tuple[np.ndarray, np.ndarray]:
        """What becomes of each value 0..255: of luminance, float32 (256,), and of a colour, uint8 (256,)."""
        values = np.arange(256, dtype=np.float32)
        raised = (values - 128) * self.saturation + 128
        return self._quantised(values), raised.round().clip(0, 255).astype(np.uint8)

    def _quantised(self, light: np.ndarray) -> np.ndarray:
        """Luminance 0..255 drawn to the middle of its step; where two steps meet, along a tanh and not by a
        jump.
        """
        step = 255 / self.levels
        border = np.round(light / step) * step
        return border + step / 2 * np.tanh(self.hardness * (light - border) / step)


def flattened(frame: np.ndarray) -> np.ndarray:
    """The picture at half its size, its textures smoothed away and its edges kept: three bilateral passes."""
    height, width = frame.shape[:2]
    small = cv2.resize(frame, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    for _ in range(3):
        small = cv2.bilateralFilter(small, d=5, sigmaColor=30, sigmaSpace=3)
    return small


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
    _, darker = cv2.threshold(cv2.addWeighted(wide, sensitivity, narrow, -1, 0), 0, 0, cv2.THRESH_TOZERO)
    return 1 - 2 / (1 + cv2.exp(darker * (2 * sharpness)))  # tanh, in a quarter of NumPy's time
