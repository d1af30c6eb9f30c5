"""Where eyes look and how a head stands, as lines on the picture; where a crop was cut out."""

from __future__ import annotations

import numpy as np

# Points of MediaPipe's mesh: the middles of the right and of the left iris, the tip of the nose.
_IRISES, _NOSE = (468, 473), 1
# How long lines are, in distances of the irises.
_GAZE, _AXIS = 1.5, 1.0


def gaze_rays(mesh: np.ndarray, gaze: np.ndarray) -> np.ndarray:
    """From each iris of a mesh (R, 478, 2) in pixels to where the eyes look by yaw and pitch (R, 2), radians: float64
    (R, 4, 2), a beginning and an end an eye.
    """
    irises = mesh[:, _IRISES]
    yaw, pitch = gaze.T
    towards = np.stack([np.sin(yaw) * np.cos(pitch), -np.sin(pitch)], axis=1)
    ends = irises + (towards * _length(irises) * _GAZE)[:, None]
    return np.stack([irises, ends], axis=2).reshape(-1, 4, 2)


def head_axes(mesh: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """From the nose of a mesh (R, 478, 2) in pixels to where the head's own right in the picture, its crown and its
    face point, by yaw, pitch and roll (R, 3), degrees: float64 (R, 6, 2), a beginning and an end an axis.

    The head is rolled first, then pitched, then yawed; x is right, y down, z away from the camera; all seen from far
    away.
    """
    yaw, pitch, roll = np.radians(angles.astype(np.float64)).T
    nose, length = mesh[:, _NOSE], _length(mesh[:, _IRISES]) * _AXIS
    right = np.stack([np.cos(roll), np.sin(roll), np.zeros_like(roll)])
    crown = np.stack([np.sin(roll), -np.cos(roll), np.zeros_like(roll)])
    facing = np.stack([np.zeros_like(roll), np.zeros_like(roll), -np.ones_like(roll)])
    axes = []
    for x, y, z in (right, crown, facing):
        y, z = y * np.cos(pitch) + z * np.sin(pitch), -y * np.sin(pitch) + z * np.cos(pitch)
        axes.append(np.stack([x * np.cos(yaw) - z * np.sin(yaw), y], axis=1))
    ends = nose[:, None] + np.stack(axes, axis=1) * length[:, None]
    return np.stack([np.broadcast_to(nose[:, None], ends.shape), ends], axis=2).reshape(-1, 6, 2)


def crop_corners(matrices: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The corners of a crop of `size` (width, height) in the clip's pixels, by the matrices (N, 2, 3) that take the
    clip's pixels to the crop's: float64 (N, 4, 2), NaN for a matrix that has no inverse.
    """
    corners = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float64)
    (a, b, x), (c, d, y) = np.moveaxis(matrices, 0, -1)
    area = a * d - b * c
    area = np.where(area == 0, np.nan, area)[:, None]
    u, v = corners[:, 0] - x[:, None], corners[:, 1] - y[:, None]
    a, b, c, d = (one[:, None] for one in (a, b, c, d))
    return np.stack([(d * u - b * v) / area, (a * v - c * u) / area], axis=-1)


def _length(irises: np.ndarray) -> np.ndarray:
    """The distance of the irises, float64 (R, 1)."""
    return np.linalg.norm(irises[:, 0] - irises[:, 1], axis=-1, keepdims=True)
