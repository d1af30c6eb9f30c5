"""A text file of `meta_info`: of which video a clip is, at which rate, and where its face is in each frame.

    Video: 7rrstPmLe7g / H: 1080 / W: 1920 / FPS: 25.0, a line each
    FRAME INDEX X0 Y0 W H [Landmarks (5 Points)]
    00000001 00000000 612.3 201.9 310.4 402.7 ...     (a frame file's name, the face's number, box, five points x y)
    CROP: 420 60 1180 820                             (x0 y0 x1 y1)

Numbers are pixels of the video's whole picture. Lines are read as the makers' script and its users read them: by the
word that they begin with, values last.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from faceshards.errors import ColumnError
from faceshards.packing.annotations.crop import crop_facts
from faceshards.packing.kinds.vfhq.clip_name import ClipName
from faceshards.shards.legacy.rate import rate_of

# frame, index, x0 y0 w h, five points
_ROW = 16


@dataclass(frozen=True)
class MetaHead:
    """`fps` of the video; its `size`, width and height; `crop`: left, top, right, bottom of the clip in it."""

    fps: Fraction
    size: tuple[int, int]
    crop: tuple[int, int, int, int]

    def facts(self, name: ClipName) -> dict[str, Any]:
        """What goes into the json beside what the clip's name says. VFHQ's own script keeps the frames between the two
        of the name. Raises ValueError for a box without an area.
        """
        return {
            "source_start": float((name.first + 1) / self.fps),
            "source_end": float(name.last / self.fps),
            "source_width": self.size[0],
            "source_height": self.size[1],
            **crop_facts(*self.crop, self.size),
        }


class MetaFaces(NamedTuple):
    """`frames`: names of R frame files; `boxes` float32 (R, 4): x1 y1 x2 y2; `points` float32 (R, 5, 2): x y."""

    frames: list[str]
    boxes: np.ndarray
    points: np.ndarray
    broken: list[str]


def read_head(text: str) -> MetaHead:
    """What a file says of the clip as a whole. Raises ValueError with what is wrong in it."""
    lines = [line.replace(":", " ").split() for line in text.splitlines() if line[:1].isalpha()]
    left, top, right, bottom = _numbers(lines, "CROP", 4)
    size = _numbers(lines, "W", 1)[0], _numbers(lines, "H", 1)[0]
    return MetaHead(_fps(lines), size, (left, top, right, bottom))


def read_faces(text: str) -> MetaFaces:
    """The faces, a row a line that begins with a digit; `broken` are words on lines that are none."""
    frames, rows, broken = [], [], []
    for place, line in enumerate(text.splitlines(), 1):
        if line[:1].isdigit():
            words = line.split()
            try:
                rows.append(_row(words))
                frames.append(words[0])
            except ValueError as error:
                broken.append(f"line {place}: {error}")
    table = np.array(rows, np.float32).reshape(-1, _ROW - 2)
    boxes = np.concatenate((table[:, :2], table[:, :2] + table[:, 2:4]), 1)
    return MetaFaces(frames, boxes, table[:, 4:].reshape(-1, 5, 2), broken)


def _row(words: list[str]) -> list[float]:
    values = [float(word) for word in words[2:]]
    if len(values) != _ROW - 2 or not np.isfinite(values).all():
        raise ValueError(f"a face has {_ROW} numbers, got {' '.join(words)[:60]}")
    return values


def _line(lines: list[list[str]], word: str) -> list[str]:
    """What follows on the first line that begins so: `H: 1080`, `Height 1080`."""
    found = next((words for words in lines if words[0].upper().startswith(word)), None)
    if found is None:
        raise ValueError(f"there is no line {word}")
    return found[1:]


def _numbers(lines: list[list[str]], word: str, count: int) -> list[int]:
    """The last numbers of a line that begins with this word."""
    found = _line(lines, word)
    values = [int(text) for text in found[-count:]]
    if len(values) != count or not all(0 <= value <= 1 << 20 for value in values) or (count == 1 and not values[0]):
        raise ValueError(f"{word} must have {count} numbers of pixels, got {' '.join(found)}")
    return values


def _fps(lines: list[list[str]]) -> Fraction:
    found = _line(lines, "FPS")
    try:
        return rate_of((found or [""])[-1])
    except ColumnError as error:
        raise ValueError(f"FPS is {' '.join(found)}") from error
