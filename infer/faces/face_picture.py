"""Faces as one picture: each as it is, and with its points drawn on, under a label; below them what is to be said."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFont


@dataclass(frozen=True)
class Face:
    """`picture` uint8 (224, 224, 3) RGB; `points` float32 (P, 2), x and y in its pixels, 0 at the left and top edge."""

    picture: np.ndarray
    points: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), np.float32))


#: Height of the strip above the faces in which their labels stand, and of a line below them.
LABEL = 16

_MARK = np.array([0, 230, 118], np.uint8)
_RADIUS = 2
_INK, _WARNING = (230, 230, 230), (255, 196, 0)
_LETTER = 6  # pixels of one in Pillow's own font


def page(faces: Sequence[tuple[str, Face]], notes: Sequence[str] = ()) -> np.ndarray:
    """Labelled faces side by side, those that have points a second time with a disc at each: uint8 (H, W, 3) RGB, the
    pictures' rows from `LABEL` on, below them the notes.
    """
    panels = [
        panel
        for label, face in faces
        for panel in ((label, face.picture), (f"{label}, its points", marked(face)))[: 1 + bool(len(face.points))]
    ]
    row = np.concatenate([picture for _, picture in panels], axis=1)
    width = row.shape[1]
    lines = [line for note in notes for line in textwrap.wrap(note, max(20, width // _LETTER - 2))]
    sheet = Image.new("RGB", (width, LABEL + row.shape[0] + LABEL * len(lines)))
    sheet.paste(Image.fromarray(row), (0, LABEL))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default()
    for number, (label, picture) in enumerate(panels):
        draw.text((number * picture.shape[1] + 4, 3), label, _INK, font)
    for number, line in enumerate(lines):
        draw.text((4, LABEL + row.shape[0] + number * LABEL + 3), line, _WARNING, font)
    return np.asarray(sheet)


def marked(face: Face) -> np.ndarray:
    """The picture with a disc at each point that lies in it."""
    drawn = face.picture.copy()
    rows, columns = np.mgrid[: drawn.shape[0], : drawn.shape[1]] + 0.5  # pixel centres
    for x, y in face.points:
        drawn[(columns - x) ** 2 + (rows - y) ** 2 <= _RADIUS**2] = _MARK
    return drawn
