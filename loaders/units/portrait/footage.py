"""A portrait's bytes, fetched, and what they decode to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from faceshards.errors import ClipError
from faceshards.loaders.units.footage import FRAMES, SOUND
from faceshards.loaders.units.portrait.crop import moved
from faceshards.loaders.units.portrait.poses import Poses
from faceshards.loaders.units.portrait.rule import PortraitRule
from faceshards.media.geometry import Pixel, upright
from faceshards.media.video.colour import black_of
from faceshards.media.video.framing import Framing
from faceshards.media.video.part import Part

# Above it a mask's green is a person.
_HALF = 127


@dataclass(frozen=True)
class PortraitVideos:
    """The bytes of pictures: `reference`'s one, those of the window out of the clip (`target`) and out of a twin
    (`driver`; None where the driver is the clip itself), and `mask`, the reference's one out of the clip's masks.
    """

    reference: Part
    target: Part
    driver: Part | None
    mask: Part | None


@dataclass(frozen=True)
class PortraitFootage:
    """`videos`, of frames `numbers` int64 (F,) and `reference`; what they show is the `square` (4,) of the clip's
    pictures of `size`, in which `boxes` float64 (F, 4) are the window's faces. `driver` is the driver's column; `dice`
    a number that whatever the view draws is drawn from; `light` whether all frames are known to be light; `lead` how
    much of the sound before the window lies before the clip, in seconds.
    """

    numbers: np.ndarray
    reference: int
    videos: PortraitVideos
    size: tuple[int, int]
    square: np.ndarray
    boxes: np.ndarray
    poses: Poses | None
    driver: str
    dice: int
    light: bool
    lead: float = 0.0

    def sample(self, rule: PortraitRule) -> dict[str, Any]:
        """What `views.Portrait` is given.

        uint8 RGB: "reference" (S, S, 3), "video" and "driver" (F, S, S, 3), or planes (3 S / 2, S) each, beside
        "to_rgb" and "driver.to_rgb" float32 (3, 4). "face_box" float32 (F, 4) and "poses" are in pixels of these;
        "background" uint8 (S, S), 1 where nobody is. "sound" float32 (n,). Raises ClipError `dark`.
        """
        reference, _ = self._pictures(self.videos.reference, rule)
        video, matrix = self._pictures(self.videos.target, rule)
        driver, other = (video, matrix) if self.videos.driver is None else self._pictures(self.videos.driver, rule)
        sample: dict[str, Any] = {"reference": reference[0], "video": video, "driver": driver}
        if rule.pixel != "rgb":
            sample |= {"to_rgb": matrix.astype(np.float32), "driver.to_rgb": other.astype(np.float32)}
        if not self.light:
            _check_light(rule, np.concatenate([reference, video]), matrix)
        box = moved(self.boxes.reshape(-1, 2, 2), self.square, rule.size).reshape(-1, 4)
        sample |= {"face_box": box.astype(np.float32)}
        if self.poses is not None:
            sample |= {"poses": self.poses.within(self.square, rule.size)}
        if self.videos.mask is not None:
            sample |= {"background": self._background(self.videos.mask, rule)}
        if rule.sound:
            sample[SOUND] = self._sound(rule)
        return sample | {FRAMES: self.numbers, "reference_frame": self.reference, "of": self.driver, "dice": self.dice}

    def _pictures(self, part: Part, rule: PortraitRule, pixel: Pixel | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The square of a clip's pictures, or of those of a twin that is larger or smaller."""
        media = part.track.media
        own = upright(media["width"], media["height"], media.get("rotation", 0))
        left, top, right, bottom = self.square * (np.array(own) / self.size)[[0, 1, 0, 1]]
        framing = Framing((rule.size, rule.size), box=(left, top, right, bottom), pixel=pixel or rule.pixel)
        return part.pictures(framing)

    def _background(self, mask: Part, rule: PortraitRule) -> np.ndarray:
        """uint8 (S, S): 1 where `mask.mp4` shows nobody; its green is a person."""
        return (self._pictures(mask, rule, "rgb")[0][0, :, :, 1] <= _HALF).astype(np.uint8)

    def _sound(self, rule: PortraitRule) -> np.ndarray:
        """float32: `context` seconds, the frames' own span, `context` seconds; silent beyond the clip's ends."""
        assert rule.sound is not None
        return np.pad(self.videos.target.sound(rule.sound), (round(self.lead * rule.sound), 0))


def _check_light(rule: PortraitRule, pictures: np.ndarray, matrix: np.ndarray) -> None:
    """Raises ClipError `dark` where the mean of a picture is too low: of its RGB, or of its luma in full range."""
    if rule.pixel == "rgb":
        means = [sum(cv2.mean(picture)[:3]) / 3 for picture in pictures]
    else:
        means = [(cv2.mean(picture[: rule.size])[0] - black_of(matrix)[0]) * matrix[0, 0] for picture in pictures]
    if min(means) <= rule.least_luma:
        remedy = "`faceshards curate --stages quality` lets the loader pass such frames over"
        raise ClipError("dark", f"a frame's mean is {min(means):.1f}, least_luma is {rule.least_luma:g}: {remedy}")
