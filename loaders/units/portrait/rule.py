"""What a portrait asks of a clip, and what is drawn of it."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Literal, get_args

from faceshards.errors import UsageError
from faceshards.loaders.arguments import flag, one_of, whole
from faceshards.media.geometry import Pixel

#: How a portrait is cut out: as wide as the picture allows, or with margins about the face.
PortraitCrop = Literal["widest", "margins"]


@dataclass(frozen=True)
class PortraitRule:
    """`frames` pictures of a clip, every `stride`-th one; where no part of the clip is long enough for that, with the
    largest smaller stride that fits, down to `least_stride`. `size`: the side of all pictures, in pixels.

    `boxes`: the column that says where the face is (faces.msg, face_box.npy, given_face_box.npy). A frame may be shown
    where a face is, at least `least_face` of the picture's area (0..1), and the picture's mean is above `least_luma`
    (0..255). `crop`: what is cut out (`portrait.crop`). `swap`, `style`: how often (0..1) the driver is the clip's
    swapped.mp4, its styled.mp4; what of the one is not there falls to the other, and where neither is, the driver is
    the clip itself. `conditions`: whether points and mask of the reference are read, `patches`: the points of the
    window's frames. `sound`: Hz, with `context`
    seconds before and behind the frames' own span. `pixel`: RGB, or planes, for `portrait.finished`.
    """

    frames: int = 12
    stride: int = 2
    least_stride: int = 1
    size: int = 512
    boxes: str = "faces.msg"
    least_face: float = 0.2
    least_luma: float = 5.0
    crop: PortraitCrop = "widest"
    swap: float = 0.0
    style: float = 0.0
    conditions: bool = True
    patches: bool = False
    sound: int | None = None
    context: float = 1.0
    pixel: Pixel = "rgb"

    def __post_init__(self) -> None:
        for name in ("frames", "stride", "least_stride"):
            whole(name, getattr(self, name), 1)
        if self.least_stride > self.stride:
            raise UsageError(f"least_stride must be at most stride {self.stride}, got {self.least_stride}")
        if whole("size", self.size, 16, 4096) % 2:
            raise UsageError(f"size must be even, got {self.size}")
        for name, most in (("least_face", 1), ("swap", 1), ("style", 1), ("least_luma", 255), ("context", 60)):
            between(name, getattr(self, name), most)
        if self.swap + self.style > 1:
            raise UsageError(f"swap and style are shares, at most 1 together: got {self.swap} and {self.style}")
        if self.sound is not None:
            whole("sound", self.sound, 1)
        one_of("crop", self.crop, get_args(PortraitCrop))
        one_of("pixel", self.pixel, get_args(Pixel))
        flag("conditions", self.conditions)
        flag("patches", self.patches)

    @property
    def points(self) -> bool:
        """Whether points are read."""
        return self.conditions or self.patches

    @property
    def shortest(self) -> int:
        """Frames of a clip that holds such a window at all."""
        return (self.frames - 1) * self.least_stride + 1


def between(name: str, value: object, most: float) -> None:
    """Raises UsageError for what is no number from 0 to `most`."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) <= most:
        raise UsageError(f"{name} must be a number from 0 to {most:g}, got {value!r}")
