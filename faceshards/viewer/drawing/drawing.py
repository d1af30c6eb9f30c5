"""Pictures of clips: boxes and points on frames, strips, waveform, spectrogram. Arrays in, uint8 RGB arrays out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

#: (H, W, 3) uint8, RGB.
Picture = NDArray[np.uint8]

#: One colour a track, far apart in hue and light enough to show on skin, on black and on white.
TRACK_COLOURS = ((64, 224, 160), (255, 176, 46), (96, 170, 255), (255, 110, 150), (190, 150, 255), (250, 240, 90))
#: The ground of everything that is drawn: the same in a light and in a dark page.
SCREEN = (16, 20, 28)
INK = (122, 190, 255)
FAINT = (52, 62, 78)
TEXT = (214, 222, 235)
#: Darkest spectrogram bin, relative to the loudest of the clip.
FLOOR_DB = -80.0
#: The spectrogram column stores sign(x)|x|^0.3 (column table).
COMPRESSION = 0.3
#: cv2 takes fixed-point coordinates with this many fractional bits.
_SUBPIXEL = 4


@dataclass(frozen=True)
class FaceMarks:
    """The faces of one frame, in pixels of that frame (x right, y down, the left and top edge are 0.0)."""

    boxes: NDArray[np.float64]  # (D, 4) x1 y1 x2 y2
    points: NDArray[np.float64]  # (D, 5, 2)
    tracks: NDArray[np.int64]  # (D,)
    scores: NDArray[np.float64]  # (D,)

    @classmethod
    def of_frame(cls, column: Mapping[str, Any], frame: int) -> FaceMarks:
        """The rows of a decoded `faces.msg` that speak of frame `frame`."""
        rows = np.flatnonzero(np.asarray(column["frame"], np.int64) == frame)
        return cls(
            np.asarray(column["box"], np.float64).reshape(-1, 4)[rows],
            np.asarray(column["points"], np.float64).reshape(-1, 5, 2)[rows],
            np.asarray(column["track"], np.int64).reshape(-1)[rows],
            np.asarray(column["score"], np.float64).reshape(-1)[rows],
        )

    def scaled(self, x: float, y: float) -> FaceMarks:
        """The same faces on the frame resized by the factors `x` and `y`."""
        factor = np.array([x, y])
        return FaceMarks(self.boxes * np.tile(factor, 2), self.points * factor, self.tracks, self.scores)


def fit(frame: Picture, side: int) -> Picture:
    """`frame` with its longer side at most `side` pixels; never enlarged."""
    height, width = frame.shape[:2]
    scale = min(1.0, side / max(height, width))
    if scale == 1.0:
        return frame
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def draw_faces(frame: Picture, faces: FaceMarks) -> Picture:
    """A copy of `frame` with each face's box and five points, in its track's colour, antialiased."""
    drawn = np.ascontiguousarray(frame).copy()
    width = max(1, round(min(drawn.shape[:2]) / 180))
    for box, points, track in zip(faces.boxes, faces.points, faces.tracks, strict=True):
        if not (np.isfinite(box).all() and np.isfinite(points).all()):
            continue
        colour = TRACK_COLOURS[int(track) % len(TRACK_COLOURS)]
        corners = _fixed(box.reshape(2, 2))
        cv2.rectangle(drawn, corners[0], corners[1], colour, width, cv2.LINE_AA, _SUBPIXEL)
        for x, y in _fixed(points):
            cv2.circle(drawn, (x, y), (width + 2) << _SUBPIXEL, SCREEN, -1, cv2.LINE_AA, _SUBPIXEL)
            cv2.circle(drawn, (x, y), (width + 1) << _SUBPIXEL, colour, -1, cv2.LINE_AA, _SUBPIXEL)
    return drawn


def _fixed(points: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Our coordinates (pixel centres at +0.5) as cv2's fixed-point ones (pixel centres at 0), kept in its range."""
    fixed = np.clip((points - 0.5) * (1 << _SUBPIXEL), -(2**20), 2**20).round().astype(int)
    return [(int(x), int(y)) for x, y in fixed]


def beside(pictures: Sequence[Picture], gap: int = 6) -> Picture:
    """Pictures from left to right, top-aligned on the screen's ground."""
    height = max(picture.shape[0] for picture in pictures)
    width = sum(picture.shape[1] for picture in pictures) + gap * (len(pictures) - 1)
    sheet, left = screen(width, height), 0
    for picture in pictures:
        sheet[: picture.shape[0], left : left + picture.shape[1]] = picture
        left += picture.shape[1] + gap
    return sheet


def above(pictures: Sequence[Picture], gap: int = 6, margin: int = 0) -> Picture:
    """Pictures from top to bottom, left-aligned on the screen's ground, with a margin around them."""
    width = max(picture.shape[1] for picture in pictures) + 2 * margin
    height = sum(picture.shape[0] for picture in pictures) + gap * (len(pictures) - 1) + 2 * margin
    sheet, top = screen(width, height), margin
    for picture in pictures:
        sheet[top : top + picture.shape[0], margin : margin + picture.shape[1]] = picture
        top += picture.shape[0] + gap
    return sheet


def screen(width: int, height: int) -> Picture:
    """An empty picture of the screen's ground."""
    return np.full((height, width, 3), SCREEN, np.uint8)


def caption(text: str, width: int, size: int = 13, colour: tuple[int, int, int] = TEXT) -> Picture:
    """One line of text, cut at `width`. Letters that the built-in font lacks show as boxes."""
    image = Image.fromarray(screen(width, round(size * 1.5)))
    ImageDraw.Draw(image).text((0, 0), text, fill=colour, font=ImageFont.load_default(size))
    return np.array(image, np.uint8)


def notice(text: str, width: int, height: int) -> Picture:
    """A hatched tile that stands where a picture would be, with the reason in it, wrapped."""
    image = Image.fromarray(screen(width, height))
    draw = ImageDraw.Draw(image)
    for offset in range(-height, width, 12):
        draw.line((offset, height, offset + height, 0), fill=(26, 31, 42), width=4)
    font = ImageFont.load_default(12)
    for row, line in enumerate(_wrapped(text, font, width - 20)[: max(1, (height - 20) // 16)]):
        draw.text((10, 10 + 16 * row), line, fill=(255, 160, 130), font=font)
    return np.array(image, np.uint8)


def _wrapped(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def waveform(samples: NDArray[np.float32], width: int = 640, height: int = 121) -> Picture:
    """The sound's envelope: for each column of pixels the span from its least to its greatest sample.

    `samples` is (N,) in [-1, 1]; the scale is linear and full, so that loud and faint clips can be compared.
    """
    picture = screen(width, height)
    middle = (height - 1) / 2
    picture[round(middle)] = FAINT
    edges = np.linspace(0, len(samples), width + 1).astype(int)
    for column in range(width):
        part = samples[edges[column] : max(edges[column] + 1, edges[column + 1])]
        if len(part):
            top, bottom = middle - np.clip([part.max(), part.min()], -1, 1) * middle
            picture[round(float(top)) : round(float(bottom)) + 1, column] = INK
    return picture


def spectrogram(values: NDArray[np.float32], width: int = 640, height: int = 160, variant: str = "parts") -> Picture:
    """The spectrogram column as a picture: time to the right, frequency up, 80 dB from black to bright.

    `values` is float (C, F, T), each sign(x)|x|^0.3, by the `variant`: `parts` real and imaginary part, `polar`
    magnitude and phase, `mel` power.
    """
    sizes = np.abs(np.asarray(values, np.float64)) ** (1 / COMPRESSION)
    power = {"polar": sizes[0] ** 2, "mel": sizes[0]}[variant] if variant != "parts" else (sizes**2).sum(axis=0)
    loudest = max(float(np.nan_to_num(power).max()), 1e-12)
    decibel = 10 * np.log10(np.maximum(np.nan_to_num(power), 1e-30) / loudest)
    level = np.clip((decibel - FLOOR_DB) / -FLOOR_DB, 0, 1)[::-1]
    grey = cv2.resize((level * 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(cv2.applyColorMap(grey, cv2.COLORMAP_MAGMA), cv2.COLOR_BGR2RGB), np.uint8)
