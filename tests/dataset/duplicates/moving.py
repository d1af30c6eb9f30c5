"""Scenes in which a head sways and a mouth moves as a random walk does: another seed, other moments of the scene."""

import cv2
import numpy as np


def scene(seconds, seed, room=0, size=(160, 120), fps=25):
    """Pictures, uint8 (n, H, W, 3), of `seconds` in a room, with moments of their own."""
    width, height = size
    rng, walk = np.random.default_rng(1000 + room), np.random.default_rng(seed)
    coarse = rng.integers(0, 200, (6, 8, 3), np.uint8)
    ground = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    count = round(seconds * fps)
    steps = walk.normal(size=(count // 5 + 2, 3)).cumsum(axis=0)
    path = np.stack([np.interp(np.arange(count) / 5, np.arange(len(steps)), steps[:, k]) for k in range(3)], axis=1)
    pictures = np.repeat(ground[None], count, axis=0)
    for picture, (x, y, mouth) in zip(pictures, path, strict=True):
        centre = width / 2 + 4 * x, height / 2 + 2 * y
        _ellipse(picture, centre, (width / 6, height / 3), (210, 170, 150))
        _ellipse(picture, (centre[0], centre[1] + height / 8), (width / 14, 3 + 2 * abs(mouth)), (60, 20, 20))
    return pictures


def _ellipse(picture, centre, axes, colour):
    """To the sixteenth of a pixel."""
    fine = [tuple(round(16 * side) for side in pair) for pair in (centre, axes)]
    cv2.ellipse(picture, *fine, 0, 0, 360, colour, -1, cv2.LINE_AA, shift=4)
