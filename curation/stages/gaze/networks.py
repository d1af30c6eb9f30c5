"""The networks that tell a gaze: what each sees of a picture in which a face is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np

from faceshards.curation.stages.headpose.head_angles import angles_of, head_rotations
from faceshards.curation.stages.headpose.headpose import box_of
from faceshards.models.sessions.adas import GazeAdas
from faceshards.models.sessions.face_mesh import EYES


class GazeNetwork(Protocol):
    """A network on the model file `weights` of the registry."""

    weights: ClassVar[str]
    #: The runtime by which it can run on a GPU.
    runtime: ClassVar[str]
    #: Rows of what `seen` returns -> yaw towards the picture's right and pitch upwards, radians float32 (n, 2).
    run: Callable[..., tuple[np.ndarray]]

    def __init__(self, model: Path, device: str) -> None: ...

    def seen(self, picture: np.ndarray, mesh: np.ndarray) -> tuple[np.ndarray, ...]:
        """What it sees, a row, of a picture (H, W, 3) that shows a face with these points (478, 3)."""
        ...


class _Adas:
    """gaze-estimation-adas-0002: both eyes, and how the mesh says that the head is turned."""

    weights: ClassVar[str] = "gaze_adas_0002"
    runtime: ClassVar[str] = "onnxruntime"

    def __init__(self, model: Path, device: str) -> None:
        self._net = GazeAdas(model, device)
        self.run = self._net.run

    def seen(self, picture: np.ndarray, mesh: np.ndarray) -> tuple[np.ndarray, ...]:
        head = angles_of(head_rotations(mesh[None], (picture.shape[1], picture.shape[0])))
        eyes = [self._net.crop(picture, mesh[list(corners), :2], float(head[0, 2])) for corners in EYES]
        return np.stack(eyes)[None], head


class _L2cs:
    """L2CS-Net: the box about the mesh, where its authors take RetinaFace's."""

    weights: ClassVar[str] = "L2CSNet_gaze360"
    runtime: ClassVar[str] = "torch"

    def __init__(self, model: Path, device: str) -> None:
        from faceshards.models.nets.l2cs import L2csGaze, face_picture

        self._picture = face_picture
        self.run = L2csGaze(model, device).run

    def seen(self, picture: np.ndarray, mesh: np.ndarray) -> tuple[np.ndarray, ...]:
        return (self._picture(picture, box_of(mesh))[None],)


#: Backend -> its network.
NETWORKS: dict[str, type[GazeNetwork]] = {"adas": _Adas, "l2cs": _L2cs}
