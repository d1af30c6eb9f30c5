"""A portrait that talks: the head moves, the mouth follows the loudness, the eyes blink; all by warping one
picture.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from faceshards.bench.demo.portraits import SIDE, DemoPortrait


def animate(portrait: DemoPortrait, opening: np.ndarray, fps: float, seed: int) -> Iterator[np.ndarray]:
    """Frames uint8 (SIDE, SIDE, 3) RGB, one for each value of `opening` (0 the mouth shut, 1 wide open)."""
    random = np.random.default_rng(seed)
    phases = random.uniform(0, 2 * np.pi, 4)
    blinks = _blinks(len(opening), fps, random)
    face = _Face(portrait)
    for frame, (mouth, lid) in enumerate(zip(opening, blinks, strict=True)):
        yield _move(face.expression(float(mouth), float(lid)), frame / fps, phases)


class _Face:
    """The displacement fields of one portrait, in units of the distance between the eyes."""

    def __init__(self, portrait: DemoPortrait) -> None:
        self._picture = portrait.picture
        self._x, self._y = np.meshgrid(np.arange(SIDE, dtype=np.float32), np.arange(SIDE, dtype=np.float32))
        left, right, _, mouth_left, mouth_right = portrait.points
        self._eyes = (left, right)
        self._unit = float(np.linalg.norm(right - left))
        self._mouth = (mouth_left + mouth_right) / 2 + (0, portrait.lip * self._unit)
        self._mouth_half = float(np.linalg.norm(mouth_right - mouth_left)) / 2
        self._below = self._y - self._mouth[1]
        self._width = np.clip(1 - ((self._x - self._mouth[0]) / self._mouth_half) ** 2, 0, 1)
        self._jaw = np.where(self._below > 0, np.exp(-((self._below / (0.9 * self._unit)) ** 2)), 0.0)
        self._lid = (
            np.median(portrait.picture[self._box(left[0], left[1] + 0.32 * self._unit)].reshape(-1, 3), axis=0) * 0.85
        )

    def _box(self, x: float, y: float) -> tuple[slice, slice]:
        half = max(2, int(0.06 * self._unit))
        return slice(int(y) - half, int(y) + half), slice(int(x) - half, int(x) + half)

    def expression(self, mouth: float, lid: float) -> np.ndarray:
        """The picture with the jaw dropped by `mouth` and the lids shut by `lid`, each in [0, 1]."""
        drop = 0.22 * self._unit * mouth * self._width
        picture = cv2.remap(self._picture, self._x, (self._y - drop * self._jaw).astype(np.float32), cv2.INTER_LINEAR)
        inside = np.clip(1 - np.abs(self._below - drop / 2) / np.maximum(drop / 2, 0.5), 0, 1) ** 0.5 * (drop > 1)
        picture = _paint(picture, inside, np.array([52, 18, 22]))
        for eye in self._eyes if lid > 0.05 else ():  # most of the time they are open
            u = (self._x - eye[0]) / (0.27 * self._unit)
            v = (self._y - eye[1]) / (0.14 * self._unit)
            shut = np.clip(1.6 * (1 - u**2 - v**2), 0, 1) * (v < 2 * lid - 1 + 0.1)
            picture = _paint(picture, cv2.GaussianBlur(shut.astype(np.float32), (0, 0), 1.0), self._lid)
            lash = np.exp(-(((v - 0.75 * (1 - u**2)) / 0.16) ** 2)) * (np.abs(u) < 1) * np.clip(2 * lid - 1, 0, 0.8)
            picture = _paint(picture, lash, 0.35 * self._lid)
        return picture


def _paint(picture: np.ndarray, mask: np.ndarray, colour: np.ndarray) -> np.ndarray:
    alpha = mask.astype(np.float32)[..., None]
    return (picture * (1 - alpha) + colour * alpha + 0.5).astype(np.uint8)


def _blinks(frames: int, fps: float, random: np.random.Generator) -> np.ndarray:
    """Lid closure (frames,) in [0, 1]: a blink of 0.2 s about every two seconds."""
    time = np.arange(frames) / fps
    closure = np.zeros(frames)
    moment = random.uniform(0.4, 1.2)
    while moment < frames / fps:
        closure = np.maximum(closure, np.clip(1.6 - np.abs(time - moment) / 0.07, 0, 1))
        moment += random.uniform(1.6, 2.6)
    return closure


def _move(picture: np.ndarray, seconds: float, phases: np.ndarray) -> np.ndarray:
    """A slow sway: up to 4 degrees, 2 % of scale and 3 % of shift."""
    sway = np.sin(2 * np.pi * np.array([0.31, 0.23, 0.37, 0.29]) * seconds + phases)
    matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), 4 * sway[0], 1.06 + 0.02 * sway[1])
    matrix[:, 2] += sway[2:] * 0.03 * SIDE
    return cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT_101)
