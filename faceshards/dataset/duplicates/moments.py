"""Whether two clips show the same moments, picture by picture.

Of each picture of the one the nearest of the other is looked for, by what moves. Where both show the same moments it is
the one of the same moment, nearly always; where one head sways as the other does it is any that is as far aside.

    other |      . x         x: the nearest; the moments are the same where most lie on a line of slope 1
          |    x
          |  x
          +----------- one
"""

from __future__ import annotations

import numpy as np

from faceshards.dataset.duplicates.alike import LEAST_SECONDS, MOMENTS, Likeness
from faceshards.dataset.duplicates.looks import FINE

#: Pictures beside the line that count as on it: neighbours look alike.
NEAR = 3
#: The share of pictures on the line, both ways, from which on moments are the same where they are nearly all of the
#: shorter clip; and where they are less, as there are more places where a part may fit by chance: then they must last,
#: too, in seconds.
WHOLE, LEAST_WHOLE = 0.95, 0.55
LEAST_PART, PART_SECONDS = 0.75, 2.4
# Of the farthest: what is no nearer than this is as near, as the pictures of a frozen scene are.
_EQUAL = 1e-4
# Pictures by which the shift that is told may be wrong, either way.
_SLACK = FINE // 2


def same_moments(looks: np.ndarray, others: np.ndarray, shift: float) -> Likeness | None:
    """How many of the moments of two clips are the same, whose looks, 25 a second, are (n, D) and (m, D), where the
    other begins about `shift` seconds into the one; None where they are not the same.
    """
    near, least = round(shift * FINE), round(LEAST_SECONDS * FINE)
    lowest, highest = max(near - _SLACK, least - len(others)), min(near + _SLACK, len(looks) - least)
    found = [_on_line(looks, others, at) for at in range(lowest, highest + 1)]
    whole = WHOLE * min(len(looks), len(others)) / FINE
    same = (one for one in found if _is_same(one, whole))
    return max(same, key=lambda one: (one.score, one.seconds), default=None)


def _is_same(found: Likeness, whole: float) -> bool:
    """Whether moments are the same, where so many seconds are nearly all of the shorter clip."""
    if found.seconds >= whole:
        return found.score >= LEAST_WHOLE
    return found.score >= LEAST_PART and found.seconds >= PART_SECONDS


def _on_line(looks: np.ndarray, others: np.ndarray, shift: int) -> Likeness:
    """The share of pictures whose nearest is that of the same moment, where the other clip begins `shift` pictures into
    the one: the lower of both ways.
    """
    start, other_start = max(0, shift), max(0, -shift)
    count = min(len(looks) - start, len(others) - other_start)
    both = _apart(looks[start : start + count], others[other_start : other_start + count])
    share = min(_share(both), _share(both.T))
    return Likeness(round(share, 4), count / FINE, start / FINE, other_start / FINE, MOMENTS)


def _apart(looks: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How far each picture is from each, squared, (n, n): in what moves, where most does most so."""
    moves, other_moves = (one - one.mean(axis=0, dtype=np.float32) for one in (looks, others))
    weight = np.sqrt(np.sqrt(moves.std(axis=0) * other_moves.std(axis=0)))
    one, other = moves * weight, other_moves * weight
    return np.asarray(np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1) - 2 * one @ other.T)


def _share(apart: np.ndarray) -> float:
    """The share of rows (n, n) whose nearest, or one that is no farther, stands beside the diagonal."""
    count = len(apart)
    beside = (np.arange(count)[:, None] + np.arange(-NEAR, NEAR + 1)).clip(0, count - 1)
    there = apart[np.arange(count)[:, None], beside].min(axis=1)
    return float((there <= apart.min(axis=1) + _EQUAL * apart.max()).mean())
