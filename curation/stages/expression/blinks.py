"""Blinks: when both eyes are shut for a short while."""

from __future__ import annotations

import numpy as np

from faceshards.media.timeline import Timeline

# How open the eyes of a clip are when they are open: this percentile of their openings.
_OPEN = 75


def blinks(
    openings: np.ndarray, numbers: np.ndarray, timeline: Timeline, closed: float, longest: float
) -> list[tuple[float, float]]:
    """Where blinks begin and end, in seconds, by the openings (R, 2) of both eyes in the frames with the numbers (R,).

    A blink is a run of frames in which the mean of both eyes is less than `closed` of what it is when they are open
    (the 75th percentile over the clip), and that lasts `longest` seconds at most: longer ones are closed eyes, or a
    look downwards. A frame without a face ends a run.
    """
    if not len(openings):
        return []
    mean = openings.mean(axis=1, dtype=np.float64)
    shut = numbers[mean < closed * np.percentile(mean, _OPEN)]
    runs = [run for run in np.split(shut, np.flatnonzero(np.diff(shut) != 1) + 1) if len(run)]
    spans = [(timeline.at(run[0]), timeline.lasting(int(run[0]), int(run[-1]) + 1)) for run in runs]
    return [(start, start + length) for start, length in spans if length <= longest]
