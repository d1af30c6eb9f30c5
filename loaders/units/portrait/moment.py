"""Which frames of a clip a portrait shows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from faceshards.errors import ClipError
from faceshards.loaders.units.portrait.face_track import areas_of
from faceshards.loaders.units.portrait.rule import PortraitRule


@dataclass(frozen=True)
class Moment:
    """The `reference`'s number, and the `numbers` of the window's frames: int64 (frames,), ascending."""

    reference: int
    numbers: np.ndarray


def dice(seed: int, epoch: int, key: str) -> np.random.Generator:
    """What all is drawn from that a clip is drawn for in an epoch: the same for any ranks, workers and resumes."""
    said = f"{seed}/{epoch}/{key}".encode("utf-8", "surrogateescape")
    return np.random.default_rng(int.from_bytes(hashlib.blake2b(said, digest_size=16).digest()))


def shown(
    rule: PortraitRule, boxes: np.ndarray, size: tuple[int, int], valid: np.ndarray | None, luma: np.ndarray | None
) -> np.ndarray:
    """Which frames may be shown: bool (N,). `boxes` (N, 4) in a picture of `size`; `valid` bool (N,) and `luma` (N,)
    where they are known. Raises ClipError `no-face`, `small-face`, `dark` where that leaves none.
    """
    area = areas_of(boxes)
    found = area > 0
    if valid is not None:
        found = found & valid
    large = found & (area >= rule.least_face * size[0] * size[1])
    light = large if luma is None else large & (luma > rule.least_luma)
    if light.any():
        return light
    if not found.any():
        raise ClipError("no-face", f"{rule.boxes} has no face in any frame: leave such clips out with where=")
    if not large.any():
        most = area[found].max() / (size[0] * size[1])
        raise ClipError(
            "small-face", f"the face takes at most {most:.3f} of the picture, least_face is {rule.least_face:g}"
        )
    raise ClipError("dark", f"no frame with a face is lighter than least_luma {rule.least_luma:g}")


def drawn(rule: PortraitRule, light: np.ndarray, dice: np.random.Generator) -> Moment:
    """A window of `rule.frames` within frames that all may be shown, bool (N,), those between its own among them: any
    place is as likely as any other; and one of all such frames as the reference. Raises ClipError `too-few-frames`.
    """
    reference = int(dice.choice(np.flatnonzero(light)))
    behind = np.concatenate([[0], np.cumsum(light)])
    for stride in range(rule.stride, rule.least_stride - 1, -1):
        span = (rule.frames - 1) * stride + 1
        starts = np.flatnonzero(behind[span:] - behind[:-span] == span) if span <= len(light) else ()
        if len(starts):
            return Moment(reference, int(dice.choice(starts)) + stride * np.arange(rule.frames))
    rule_said = f"{rule.shortest} frames in a row with a face that is large and light enough"
    raise ClipError("too-few-frames", f"of {len(light)} frames {int(light.sum())} can be shown, and never {rule_said}")
