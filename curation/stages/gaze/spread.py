"""How much a gaze changes in a clip: a sound measure, and the one that MegActor's eye filter goes by."""

from __future__ import annotations

import numpy as np


def spread(gaze: np.ndarray) -> float:
    """Root of the summed variances of yaw and pitch, in degrees, of radians (R, 2)."""
    return float(np.degrees(np.sqrt(np.var(gaze, axis=0, dtype=np.float64).sum())))


def megactor_frames(numbers: np.ndarray) -> np.ndarray:
    """Which frames, by their numbers (R,), MegActor's `5.filter_eye.py` looks at: every tenth, 32 at most."""
    return (numbers % 10 == 0) & (numbers < 320)


def megactor_variance(gaze: np.ndarray) -> float:
    """What MegActor's `5.filter_eye.py` compares with 200, of yaw and pitch in radians (R, 2).

    Population variance of a half of the angle, in degrees, at which the gaze falls into the picture, atan(-sin(yaw)
    cos(pitch) / sin(pitch)), behind a maximum over three frames. It jumps by 90 where the gaze crosses the horizon: a
    person who looks straight into the camera has a large one. L2CS-Net's pipeline, whose result that script takes,
    calls yaw pitch and pitch yaw, and its yaw is positive towards the picture's left; here both have their own names
    and yaw is positive towards the right, hence the minus: a maximum is none of what has turned its sign.
    """
    yaw, pitch = gaze.astype(np.float64).T
    with np.errstate(divide="ignore", invalid="ignore"):
        angles = np.nan_to_num(np.arctan(-np.sin(yaw) * np.cos(pitch) / np.sin(pitch)))
    edged = np.pad(angles / np.pi * 90, 1, mode="edge")
    return float(np.var(np.maximum(np.maximum(edged[:-2], edged[1:-1]), edged[2:])))
