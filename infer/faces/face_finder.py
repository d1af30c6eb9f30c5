"""The best face of some pictures, cut out upright as the stage `face_crop` cuts it, and its points."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

import numpy as np

from faceshards.curation.stages.face_crop import quality, upright_face
from faceshards.curation.stages.faces.faces import BACKENDS, FacesParams
from faceshards.curation.stages.points68.layout72 import FROM_68
from faceshards.infer.faces.face_picture import Face
from faceshards.media.picture import scaled
from faceshards.models.detections import Detections
from faceshards.models.sessions.face_layouts import MESH_68
from faceshards.models.sessions.face_mesh import MESH_SIDE, FaceMesh
from faceshards.models.weights.registry import find

# How sure the mesh must be that it sees a face, as the stage `faces` has it.
_LEAST = 0.5


class FacePlace(NamedTuple):
    """A face in a picture, uint8 (H, W, 3) RGB: its box (4,) and its five points (5, 2)."""

    picture: np.ndarray
    box: np.ndarray
    points: np.ndarray


class FaceFinder:
    """The detector that the stage `faces` has by default. Raises WeightsError and MissingExtra where it is not here."""

    def __init__(self) -> None:
        params = FacesParams()
        self._finder = BACKENDS[params.backend].load(params.min_face, "cpu")

    def best(self, pictures: Iterable[np.ndarray]) -> Face | None:
        """The best face (`face_crop.quality`) of pictures, with its five points; None without."""
        found = self.best_place(pictures)
        return None if found is None else self.cut(found)

    def best_place(self, pictures: Iterable[np.ndarray]) -> FacePlace | None:
        """Where the best face of pictures is; None without one."""
        best, at = -1.0, None
        for picture in pictures:
            faces, _ = self._finder.look(picture, Detections.none(), True)
            for box, points in zip(faces.boxes, faces.points, strict=True):
                if (found := quality(picture, points)) > best:
                    best, at = found, FacePlace(picture, box, points)
        return at

    def cut(self, place: FacePlace) -> Face:
        """The face, upright."""
        picture, points = upright_face(place.picture, place.points)
        return Face(picture, points.astype(np.float32))

    def points_72(self, picture: np.ndarray) -> np.ndarray | None:
        """The 72 points of Speech-to-face of a face that fills its picture, uint8 (S, S, 3): float32 (72, 2) in the
        picture's pixels, by MediaPipe's mesh; None where it sees no face.
        """
        (mesh,), (score,) = self._mesh.run(scaled(picture, (MESH_SIDE, MESH_SIDE))[None])
        if score < _LEAST:
            return None
        found: np.ndarray = mesh[list(MESH_68), :2][list(FROM_68)] * np.float32(picture.shape[0] / MESH_SIDE)
        return found.astype(np.float32)

    @cached_property
    def _mesh(self) -> FaceMesh:
        return FaceMesh(find("face_landmark"))
