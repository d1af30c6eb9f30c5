"""The best face of some pictures, cut out upright as the stage `face_crop` cuts it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from faceshards.curation.stages.face_crop import quality, upright_face
from faceshards.curation.stages.faces.faces import BACKENDS, FacesParams
from faceshards.infer.face_picture import Face
from faceshards.models.detections import Detections


class FaceFinder:
    """The detector that the stage `faces` has by default. Raises WeightsError and MissingExtra where it is not here."""

    def __init__(self) -> None:
        params = FacesParams()
        self._finder = BACKENDS[params.backend].load(params.min_face, "cpu")

    def best(self, pictures: Iterable[np.ndarray]) -> Face | None:
        """The best face (`face_crop.quality`) of pictures uint8 (H, W, 3) RGB, with its five points; None without."""
        found = self.best_place(pictures)
        return None if found is None else Face(*_rounded(*upright_face(found[0], found[2])))

    def best_place(self, pictures: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
        """The picture of the best face, its box (4,) and its five points (5, 2) there; None without a face."""
        best, at = -1.0, None
        for picture in pictures:
            faces, _ = self._finder.look(picture, Detections.none(), True)
            for box, points in zip(faces.boxes, faces.points, strict=True):
                if (found := quality(picture, points)) > best:
                    best, at = found, (picture, box, points)
        return at


def _rounded(picture: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return picture, points.astype(np.float32)
