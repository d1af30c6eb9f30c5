"""How a head stands to the camera, by the points of a face mesh.

Angles in degrees, of the head as the picture shows it: yaw is positive towards the picture's right, pitch upwards, roll
clockwise. They count from the line of sight: a head that faces the camera is straight wherever in the frame it is, as
for a network that sees the face alone. The head is rolled first, then pitched, then yawed: the direction that it faces
depends on yaw and pitch alone. In a mirror yaw and roll change their signs.
"""

from __future__ import annotations

import cv2
import numpy as np

#: Points of the mesh that speech does not move, and where they are on MediaPipe's canonical face, in cm: x towards the
#: person's left, y up, z out of the face (mediapipe/modules/face_geometry/data/canonical_face_model.obj).
_CANONICAL = {
    1: (0.0, -1.126865, 7.475604),
    4: (0.0, -0.463170, 7.586580),
    5: (0.0, 0.365669, 7.242870),
    6: (0.0, 2.473255, 5.788627),
    8: (0.0, 4.019042, 5.284764),
    9: (0.0, 4.885979, 5.385258),
    10: (0.0, 8.261778, 4.481535),
    33: (-4.445859, 2.663991, 3.173422),
    133: (-1.856432, 2.585245, 3.757904),
    263: (4.445859, 2.663991, 3.173422),
    362: (1.856432, 2.585245, 3.757904),
}
#: Indices of these points in a mesh, and the points, float64 (K, 3), with OpenCV's axes: x right, y down, z away.
RIGID = np.array(list(_CANONICAL))
CANONICAL = np.array(list(_CANONICAL.values())) * [1.0, -1.0, -1.0]


def head_rotations(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Of meshes, float32 (R, 468 or more, 3), x and y in pixels of frames of `size` (width, height): the rotations that
    take the canonical face to the axes of a camera that looks straight at it (x right, y down, z away), float64
    (R, 3, 3).

    The camera is taken to see as far to the sides as it is away: a focal length of the frame's longer side.
    """
    width, height = size
    focal = float(max(size))
    camera = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1.0]])
    found = np.empty((len(points), 3, 3))
    for row, seen in enumerate(np.ascontiguousarray(points[:, RIGID, :2], np.float64)):
        turned, place = _placed(seen, camera)
        found[row] = _sight(place).T @ cv2.Rodrigues(turned)[0]
    return found


def _sight(place: np.ndarray) -> np.ndarray:
    """The rotation (3, 3) that turns a camera the shortest way from straight ahead (z) to a place (3,)."""
    axis = np.array([-place[1], place[0], 0.0])  # z x place
    length = float(np.linalg.norm(axis))
    return np.asarray(cv2.Rodrigues(axis / max(length, 1e-12) * np.arctan2(length, place[2]))[0])


def _placed(seen: np.ndarray, camera: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rotation vector (3,) of points (K, 2), and the place (3,) of the head before the camera. Of a face of some
    30 pixels in a large frame OpenCV's first way says nothing; of a mesh that has fallen into a point none does, and it
    counts as one that faces the camera.
    """
    straight = np.zeros(3), np.array([0.0, 0.0, 1.0])
    if np.ptp(seen, axis=0).max() < 1:
        return straight
    for way in (cv2.SOLVEPNP_SQPNP, cv2.SOLVEPNP_EPNP):
        try:
            _, turned, place = cv2.solvePnP(CANONICAL, seen, camera, None, flags=way)
        except cv2.error:
            continue
        if np.isfinite(turned).all() and np.isfinite(place).all():
            return np.asarray(turned).reshape(3), np.asarray(place).reshape(3)
    return straight


def angles_of(rotations: np.ndarray) -> np.ndarray:
    """Yaw, pitch and roll, float32 (R, 3), of rotations (R, 3, 3)."""
    facing = -rotations[:, :, 2]
    yaw = np.arctan2(facing[:, 0], -facing[:, 2])
    pitch = np.arcsin(np.clip(-facing[:, 1], -1, 1))
    roll = np.arctan2(rotations[:, 1, 0], rotations[:, 1, 1])
    return np.degrees(np.stack([yaw, pitch, roll], axis=1)).astype(np.float32)
