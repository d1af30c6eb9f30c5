"""The points of a body (BlazePose GHUM: Grishchenko et al. 2022): the network `pose_landmark_full` of MediaPipe."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.models.sessions.litert import LiteRtSession

#: The side of its input, in pixels, and its points: 33 of the body, then auxiliary ones.
SIDE, POINTS = 256, 39
#: Points of the body by their numbers in MediaPipe's order; left and right are the person's.
RIGHT_EYE, LEFT_EYE, HEAD, SHOULDERS = 5, 2, slice(0, 11), (11, 12)
#: Wrist, little and index finger of the left and of the right hand.
HAND_ROOTS = ((15, 17, 19), (16, 18, 20))
#: The middle of the hips, and a point whose distance and direction from there frame the person in the next picture.
HIPS, REACH = 33, 34
# The graph TensorsToPoseLandmarksAndSegmentation: a point is moved to the middle of what is warm about it in its heat
# map, within so many cells, where one of them is this sure.
_HALF_KERNEL, _LEAST_HEAT = 3, 0.5


class PoseLandmark:
    """The network; it runs a person at a time."""

    def __init__(self, model: Path) -> None:
        self._session = LiteRtSession(model)
        (self._input,) = self._session.inputs

    def run(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of persons, uint8 (n, 256, 256, 3) RGB, hips in the middle, head upwards: points, float32 (n, 39, 4): x and
        y in the crop's pixels, how likely each is visible, and within the picture, 0 to 1; whether it is a person,
        (n,), 0 to 1; and the outline of the person's mask, (n, 512, 2) pixels, NaN where a row of pixels has none.
        """
        from scipy.special import expit  # half a second to load

        outputs = self._session.run({self._input: crops.astype(np.float32) / 255})
        # Points, presence, mask, heat maps, and points in metres, in this order.
        raw, presence, mask, heat, _ = (outputs[name] for name in sorted(outputs))
        raw = raw.reshape(-1, POINTS, 5)
        points = np.concatenate([raw[..., :2], expit(raw[..., 3:])], axis=2)
        for row, map_ in zip(points, heat, strict=True):
            row[:, :2] = _refined(row[:, :2], map_)
        return points, presence.reshape(-1), np.stack([_outline(one.reshape(SIDE, SIDE)) for one in mask])


def _refined(points: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Points (39, 2) of a crop, those that the heat map, logits (64, 64, 39), is sure of moved to its warm middle."""
    from scipy.special import expit

    size = heat.shape[0]
    cells = (points * (size / SIDE)).astype(np.int64)
    window = np.arange(-_HALF_KERNEL, _HALF_KERNEL + 1)
    columns, rows = cells[:, 0, None] + window, cells[:, 1, None] + window
    inside = ((rows >= 0) & (rows < size))[:, :, None] & ((columns >= 0) & (columns < size))[:, None, :]
    number = np.arange(len(points))[:, None, None]
    heats = expit(heat[rows.clip(0, size - 1)[:, :, None], columns.clip(0, size - 1)[:, None, :], number]) * inside
    total = heats.sum(axis=(1, 2))
    sure = (heats.max(axis=(1, 2)) >= _LEAST_HEAT) & ((cells >= 0) & (cells < size)).all(axis=1)
    warm = np.stack([(heats * columns[:, None, :]).sum(axis=(1, 2)), (heats * rows[:, :, None]).sum(axis=(1, 2))], 1)
    # The network counts cells by their left and upper edges.
    middle = warm / np.where(total > 0, total, 1)[:, None] * (SIDE / size)
    return np.where(sure[:, None], middle, points).astype(np.float32)


def _outline(mask: np.ndarray) -> np.ndarray:
    """Of a mask, logits (256, 256): the left and the right edge of what is likely a person in each row of pixels,
    float32 (512, 2).
    """
    body = mask > 0
    some, rows = body.any(axis=1), np.arange(SIDE) + 0.5
    left, right = body.argmax(axis=1), SIDE - body[:, ::-1].argmax(axis=1)
    edges = np.stack([np.stack([side, rows], axis=1) for side in (left, right)]).astype(np.float32)
    edges[:, ~some] = np.nan
    return edges.reshape(-1, 2)
