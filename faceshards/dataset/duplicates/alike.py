"""Whether two clips may show the same moments, and at which shift in time.

A talking head looks alike all the time: pictures tell the scene, not the moment. So what is compared is what moves, the
pictures without their mean over the time that both are seen. Encoding, scaling and a little cropping change it little.
Of four looks a second some of two other moments move alike, too: `moments` decides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from faceshards.dataset.duplicates.looks import RATE

#: The least that pictures and motion of two clips have in common, as correlations, and the seconds that both show.
LEAST_PICTURE, LEAST_MOTION, LEAST_SECONDS = 0.8, 0.4, 1.2
#: Grey levels (root mean square) below which nothing moves: then two stills are one where they are as like as this.
STILL, LEAST_STILL = 0.5, 0.995
#: Why two clips are listed.
MOMENTS, STILLS = "same moments", "same still picture"


@dataclass(frozen=True)
class Likeness:
    """`score`, 0..1: how alike two clips are in what `reason` says; `seconds` that both show, from `start` in the one
    and `other_start` in the other.
    """

    score: float
    seconds: float
    start: float
    other_start: float
    reason: str


def likeness(looks: np.ndarray, others: np.ndarray) -> Likeness | None:
    """How alike two clips are, whose looks are float32 (n, D) and (m, D), at the shift at which they are most alike;
    None where they do not show the same.
    """
    if max(_level(looks), _level(others)) < STILL:
        return _of_stills(looks, others)
    least = math.ceil(LEAST_SECONDS * RATE)
    found = [_at(looks, others, shift) for shift in range(least - len(others), len(looks) - least + 1)]
    return max((one for one in found if one is not None), key=lambda one: one.score, default=None)


def _of_stills(looks: np.ndarray, others: np.ndarray) -> Likeness | None:
    """That of clips in which nothing moves: no moment is told from another."""
    picture = _cosine(_centred(looks.mean(axis=0)), _centred(others.mean(axis=0)))
    seconds = min(len(looks), len(others)) / RATE
    return Likeness(round(picture, 4), seconds, 0.0, 0.0, STILLS) if picture >= LEAST_STILL else None


def _at(looks: np.ndarray, others: np.ndarray, shift: int) -> Likeness | None:
    """The likeness where the other clip begins `shift` looks into the one."""
    start, other_start = max(0, shift), max(0, -shift)
    count = min(len(looks) - start, len(others) - other_start)
    one, other = looks[start : start + count], others[other_start : other_start + count]
    still, other_still = one.mean(axis=0), other.mean(axis=0)
    motion = _cosine(one - still, other - other_still)
    if motion < LEAST_MOTION or _cosine(_centred(still), _centred(other_still)) < LEAST_PICTURE:
        return None
    return Likeness(round(motion, 4), count / RATE, start / RATE, other_start / RATE, MOMENTS)


def _level(looks: np.ndarray) -> float:
    """How much moves: the root mean square of grey levels."""
    return float(np.sqrt(np.square(looks - looks.mean(axis=0)).mean()))


def _centred(picture: np.ndarray) -> np.ndarray:
    return np.asarray(picture - picture.mean())


def _cosine(one: np.ndarray, other: np.ndarray) -> float:
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.vdot(one, other)) / size if size else float(not one.any() and not other.any())
