"""Spans of real clips, cut and encoded anew: what the proofs on people and on duplicates are made of."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from faceshards.errors import ClipError
from faceshards.media.encode import encode
from faceshards.media.sound import Sound
from faceshards.media.sound.read import read_sound

#: No taller than this, so that a proof takes minutes.
TALLEST = 720


def decoded(path: Path) -> tuple[list[np.ndarray], Fraction, Sound | None]:
    """The pictures of a clip, its rate and its sound."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate = Fraction(stream.average_rate or 25).limit_denominator(1001)
        pictures = [_small(frame.to_ndarray(format="rgb24")) for frame in container.decode(stream)]
    try:
        return pictures, rate, read_sound(path.read_bytes())
    except ClipError:
        return pictures, rate, None


def _small(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    share = min(1.0, TALLEST / height)
    return resized(picture, (round(width * share / 2) * 2, round(height * share / 2) * 2))


def resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return picture if picture.shape[1::-1] == size else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def span(
    clip: tuple[list[np.ndarray], Fraction, Sound | None],
    start: float,
    stop: float,
    crf: int = 23,
    scale: float = 1.0,
    crop: float = 0.0,
) -> bytes:
    """An mp4 of the shares [start, stop) of a clip, scaled, with `crop` of its sides cut off on each side."""
    pictures, rate, sound = clip
    first, last = round(start * len(pictures)), round(stop * len(pictures))
    voice = None
    if sound is not None:
        samples = sound.samples[round(first / rate * sound.rate) : round(last / rate * sound.rate)]
        voice = Sound(samples, sound.rate) if len(samples) else None
    return encode(_framed(pictures[first:last], scale, crop), rate, crf=crf, sound=voice)


def _framed(pictures: list[np.ndarray], scale: float, crop: float) -> Iterator[np.ndarray]:
    for picture in pictures:
        height, width = picture.shape[:2]
        y, x = round(height * crop), round(width * crop)
        inner = picture[y : height - y, x : width - x]
        even = tuple(round(side * scale / 2) * 2 for side in inner.shape[1::-1])
        yield np.ascontiguousarray(resized(inner, even))
