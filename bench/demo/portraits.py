"""The two public-domain portraits of the demo, found in packages that ship them; no network."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from faceshards.errors import SourceError
from faceshards.media.picture import read_picture

#: Side of the square crop that a portrait is brought to, pixels.
SIDE = 320


@dataclass(frozen=True)
class DemoPortrait:
    """A square portrait.

    `picture` is uint8 (SIDE, SIDE, 3) RGB; `points` float64 (5, 2) in its pixels: left and right eye as seen,
    nose, left and right mouth corner. `lip` is how far below the corners the lower lip begins, in eye
    distances; `pitch` the voice's fundamental, Hz.
    """

    identity: str
    citation: str
    picture: np.ndarray
    points: np.ndarray
    lip: float
    pitch: float


# Package, file within it, the five points read off the picture, the crop (left, top, side), lip, pitch.
_TABLE = {
    "collins": (
        "skimage",
        "data/astronaut.png",
        [(200, 102), (247, 103), (220, 125), (199, 143), (240, 144)],
        (125, 20, 190),
        0.12,
        205.0,
        "Eileen Collins, NASA, public domain (scikit-image's astronaut)",
    ),
    "hopper": (
        "matplotlib",
        "mpl-data/sample_data/grace_hopper.jpg",
        [(227, 193), (308, 195), (267, 240), (229, 268), (302, 270)],
        (85, 45, 350),
        0.0,
        165.0,
        "Grace Hopper, US Navy, public domain (matplotlib's grace_hopper)",
    ),
}


def portraits() -> list[DemoPortrait]:
    """Both portraits. Raises SourceError when the package that ships one is absent."""
    return [_portrait(identity) for identity in _TABLE]


def scenery() -> np.ndarray:
    """A picture without a face, uint8 (SIDE, SIDE, 3) RGB: scikit-image's cup of coffee (public domain)."""
    return _resize(read_picture(_file("skimage", "data/coffee.png").read_bytes())[:, 100:500])


def _portrait(identity: str) -> DemoPortrait:
    package, name, points, (left, top, side), lip, pitch, citation = _TABLE[identity]
    whole = read_picture(_file(package, name).read_bytes())
    crop = _resize(whole[top : top + side, left : left + side])
    local = (np.array(points, np.float64) - (left, top)) * (SIDE / side)
    return DemoPortrait(identity, citation, crop, local, lip, pitch)


def _resize(picture: np.ndarray) -> np.ndarray:
    shrink = picture.shape[0] > SIDE
    return cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_CUBIC)


def _file(package: str, name: str) -> Path:
    spec = importlib.util.find_spec(package)
    folder = Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else Path()
    if not (folder / name).is_file():
        raise SourceError(f"the demo's portrait {name} ships in {package}, which is not installed: make setup")
    return folder / name
