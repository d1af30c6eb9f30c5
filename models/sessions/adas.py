"""Intel's networks of a driver's face: head-pose-estimation-adas-0001 and gaze-estimation-adas-0002 (Open Model Zoo).

Both see BGR from 0 to 255. Angles are told here as the picture shows them: yaw positive towards the picture's right,
pitch upwards, roll clockwise.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.errors import StageError
from faceshards.media.geometry import crop_matrix, square_box, warp
from faceshards.models.sessions.face_mesh import roi_matrix
from faceshards.models.sessions.onnx import OnnxSession
from faceshards.models.sessions.row_net import RowNet

#: The side of the pictures that both see, in pixels.
SIDE = 60
# How much more than a face's box, on each side, and than an eye's width they see.
_FACE_MARGIN, _EYE_REACH = 0.05, 1.8
_HEAD = ("angle_y_fc", "angle_p_fc", "angle_r_fc")
_GAZE = {"left_eye_image": (1, 3, SIDE, SIDE), "right_eye_image": (1, 3, SIDE, SIDE), "head_pose_angles": (1, 3)}


class HeadPoseAdas:
    """The network `headpose_adas_0001`; it runs `batch` rows at a time where its file allows it. Raises StageError for
    another.
    """

    def __init__(self, model: Path, batch: int = 1, device: str = "cpu") -> None:
        self._net = RowNet(model, batch, high=255.0, device=device)
        self.batch = self._net.batch
        names = list(self._net.probe)
        self._outputs = [name for end in _HEAD for name in names if name.endswith(end)]
        if self._net.shape != (3, SIDE, SIDE) or len(self._outputs) != len(_HEAD):
            raise StageError(
                f"{model} is no head-pose-estimation-adas-0001: rows are {self._net.shape}, outputs {names}; they must "
                f"be (3, {SIDE}, {SIDE}) and end in {', '.join(_HEAD)}"
            )

    def crop(self, picture: np.ndarray, box: np.ndarray) -> np.ndarray:
        """What it sees of a face's box (4,), x1 y1 x2 y2, in a picture: uint8 (60, 60, 3); black beyond it."""
        return warp(picture, crop_matrix(square_box(box, _FACE_MARGIN), (SIDE, SIDE)), (SIDE, SIDE))

    def run(self, crops: np.ndarray) -> tuple[np.ndarray]:
        """Yaw, pitch and roll in degrees, float32 (batch, 3), of crops, uint8 (batch, 60, 60, 3) RGB. Raises ValueError
        for NaN and infinity.
        """
        found = self._net.run(_blue_first(crops))
        yaw, pitch, roll = (found[name].reshape(len(crops)) for name in self._outputs)
        return (_finite(np.stack([yaw, -pitch, roll], axis=1)),)


class GazeAdas:
    """The network `gaze_adas_0002`, a row at a time. It sees both eyes upright, and is told how the head is turned.
    Raises StageError for another network.
    """

    def __init__(self, model: Path, device: str = "cpu") -> None:
        self._session = OnnxSession(model, device)
        inputs = self._session.inputs
        if inputs != _GAZE:
            raise StageError(f"{model} is no gaze-estimation-adas-0002: its inputs are {inputs}; they must be {_GAZE}")

    def crop(self, picture: np.ndarray, corners: np.ndarray, roll: float) -> np.ndarray:
        """What it sees of an eye with these corners (2, 2) in a picture, uint8 (60, 60, 3), turned back by the head's
        roll (degrees).
        """
        one, other = np.asarray(corners, np.float64)
        side = max(float(np.linalg.norm(other - one)) * _EYE_REACH, 1.0)
        return warp(picture, roi_matrix((one + other) / 2, side, np.radians(roll), SIDE), (SIDE, SIDE))

    def run(self, eyes: np.ndarray, head: np.ndarray) -> tuple[np.ndarray]:
        """Yaw and pitch in radians, float32 (1, 2), by the eye on the picture's left and that on its right, uint8
        (1, 2, 60, 60, 3) RGB, and the head's yaw, pitch and roll in degrees, (1, 3). Raises ValueError for NaN and
        infinity.
        """
        ((yaw, pitch, roll),) = np.asarray(head, np.float64).tolist()
        feeds = {
            "left_eye_image": _blue_first(eyes[:, 0]),
            "right_eye_image": _blue_first(eyes[:, 1]),
            "head_pose_angles": np.array([[yaw, -pitch, 0]], np.float32),  # the eyes were turned upright
        }
        ((x, y, z),) = next(iter(self._session.run(feeds).values()))
        across, up = _turned(float(x), float(y), np.radians(roll))
        return (_finite(np.array([[np.arctan2(across, -z), np.arctan2(up, np.hypot(across, z))]], np.float32)),)


def _blue_first(pictures: np.ndarray) -> np.ndarray:
    """Pictures, uint8 (n, H, W, 3) RGB, as float32 (n, 3, H, W) BGR."""
    return np.ascontiguousarray(pictures[..., ::-1].transpose(0, 3, 1, 2), np.float32)


def _turned(x: float, y: float, angle: float) -> tuple[float, float]:
    """A direction, x right and y up, turned clockwise by an angle (radians)."""
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def _finite(found: np.ndarray) -> np.ndarray:
    if not np.isfinite(found).all():
        raise ValueError("the network returned NaN or infinity")
    return found.astype(np.float32)
