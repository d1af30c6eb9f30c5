"""Bending a face: the smooth map that takes five points of a frame onto the five points of another face.

Between the points a thin plate spline bends as little as it can (Bookstein 1989). A ring of points around the
face, moved by the affine map of the five, keeps the rest in shape.
"""

from __future__ import annotations

import numpy as np

from faceshards.media.geometry import ARCFACE_112, apply

#: The map is computed on a grid of so many lines across the face, and is linear in between.
_GRID = 32
#: Control points around the face, in the pixels of the ArcFace template: an ellipse outside of brows, ears and
#: chin.
_ANGLES = np.linspace(0, 2 * np.pi, 12, endpoint=False)
_RING = np.stack([56.5 + 52 * np.cos(_ANGLES), 68.5 + 62 * np.sin(_ANGLES)], axis=1)


def affine(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The affine map, float64 (2, 3), that takes points `source` (N, 2) nearest to `target` (N, 2): least
    squares.
    """
    points = np.asarray(source, np.float64)
    lifted = np.column_stack([points, np.ones(len(points))])
    return np.linalg.lstsq(lifted, np.asarray(target, np.float64), rcond=None)[0].T


def bend(
    points: np.ndarray, onto: np.ndarray, corner: tuple[int, int], size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Where each pixel of a frame's region comes from: x and y in the other picture, float32 (H, W) each.

    `points` (5, 2) in the frame go to `onto` (5, 2) in the other picture; the region begins at the frame's
    pixel `corner` (x, y) and has `size` (width, height). The result counts from the first pixel's centre, as
    `cv2.remap` wants it.
    """
    import cv2

    ring = apply(affine(ARCFACE_112, points), _RING)
    plate = _ThinPlate(np.concatenate([points, ring]), np.concatenate([onto, apply(affine(points, onto), ring)]))
    low, high = np.array(corner) + 0.5, np.array(corner) + size - 0.5
    x, y = np.meshgrid(np.linspace(low[0], high[0], _GRID), np.linspace(low[1], high[1], _GRID))
    coarse = plate.at(np.stack([x, y], axis=-1).reshape(-1, 2)).reshape(_GRID, _GRID, 2) - 0.5
    columns, rows = (np.linspace(0, _GRID - 1, side, dtype=np.float32) for side in size)
    fine = cv2.remap(coarse.astype(np.float32), *np.meshgrid(columns, rows), cv2.INTER_LINEAR)
    return fine[..., 0], fine[..., 1]


class _ThinPlate:
    """The thin plate spline through `values` (N, 2) at `control` (N, 2)."""

    def __init__(self, control: np.ndarray, values: np.ndarray) -> None:
        self._centre, self._unit = control.mean(axis=0), control.std()
        self._control = (control - self._centre) / self._unit
        kernel, plane = self._terms(self._control)
        zeros = np.zeros((3, 3))
        system = np.block([[kernel, plane], [plane.T, zeros]])
        self._weights = np.linalg.solve(system, np.concatenate([values, np.zeros((3, 2))]))

    def at(self, points: np.ndarray) -> np.ndarray:
        """The spline's values (M, 2) at points (M, 2)."""
        return np.hstack(self._terms((points - self._centre) / self._unit)) @ self._weights

    def _terms(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """r^2 log r^2 to each control point, (M, N), and 1, x, y, (M, 3)."""
        squares = np.square(points[:, None] - self._control[None]).sum(axis=-1)
        kernel = squares * np.log(np.where(squares > 0, squares, 1))
        return kernel, np.column_stack([np.ones(len(points)), points])
