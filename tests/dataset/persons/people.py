"""Faces and voices that are as near as a test says, in a space of thresholds."""

import numpy as np

from faceshards.dataset.persons.evidence import Evidence
from faceshards.dataset.persons.spaces import FaceSpace

#: One threshold is 1; as dlib's.
SPACE = FaceSpace(1.0, False, sure=0.6, alone=0.75)


def voice(angle):
    """A voice at an angle in degrees: 41 degrees apart is a cosine of 0.755, 50 degrees one of 0.643."""
    return np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])


def evidence(*clips):
    """Clips, each (face as (x, y) or None, angle of the voice or None, name or None[, found before])."""
    faces = {row: clip[0] for row, clip in enumerate(clips) if clip[0] is not None}
    voices = {row: voice(clip[1]) for row, clip in enumerate(clips) if clip[1] is not None}
    return Evidence(
        ["s"] * len(clips),
        [f"k{row}" for row in range(len(clips))],
        [clip[2] for clip in clips],
        [clip[3] if len(clip) > 3 else None for clip in clips],
        np.array(list(faces.values()), np.float32).reshape(-1, 2),
        np.array(list(faces), np.int64),
        np.array(list(voices.values()), np.float32).reshape(-1, 2),
        np.array(list(voices), np.int64),
    )
