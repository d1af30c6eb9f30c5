"""The backend `blend`: every face by its five points. It needs no model file beyond those of `faces`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

import numpy as np

from faceshards.curation.engine.need import Live, Need
from faceshards.curation.stages.faces.faces import MTCNN_WEIGHTS, load_mtcnn
from faceshards.curation.stages.faces.table import FACES, FaceArrays
from faceshards.curation.stages.swap.backend import SwappedPictures
from faceshards.curation.stages.swap.face_swap import SourceFace, swap_face
from faceshards.curation.stages.swap.sources import FindFace


class Blend:
    """Bent onto five points, and blended in by Poisson's equation. `min_face`: the smallest face in a source
    picture.
    """

    weights: ClassVar[tuple[str, ...]] = MTCNN_WEIGHTS
    runtimes: ClassVar[tuple[str, ...]] = ()
    column: ClassVar[str] = FACES.name

    def __init__(self, min_face: int) -> None:
        self._min_face = min_face

    def needs(self) -> tuple[Need, ...]:
        """The faces, those of a frame more to steady them by."""
        return (Live(FACES.name, ahead=1),)

    def load(self, device: str) -> FindFace:
        """Looks for the largest face by MTCNN."""
        find = load_largest(self._min_face)

        def look(name: str, picture: np.ndarray) -> SourceFace | None:
            points = find(picture)
            return None if points is None else SourceFace.cut(name, picture, points)

        return look

    def drawn(
        self, pictures: np.ndarray, first: int, rows: Mapping[str, np.ndarray], source: SourceFace | None
    ) -> SwappedPictures:
        """Every face of the pictures (n, H, W, 3) is swapped, as far as it can be."""
        faces = FaceArrays.of(rows)
        points, made, faced = steadied(faces), [], 0
        boxes: dict[int, np.ndarray] = {}
        for number, picture in enumerate(pictures, first):
            own = np.flatnonzero(faces.frame == number)
            for row in own:
                assert source is not None, "where there is a face a source was looked for"
                swap = swap_face(picture, points[row], source)
                picture = swap.frame
                if swap.mask.any():
                    boxes.setdefault(number - first, faces.boxes[row])
            faced += bool(len(own))
            made.append(picture)
        return SwappedPictures(np.stack(made), faced, len(boxes), boxes)


def load_largest(min_face: int) -> Callable[[np.ndarray], np.ndarray | None]:
    """What finds the five points (5, 2) of the largest face of a picture, by MTCNN. Raises WeightsError, StageError."""
    detect = load_mtcnn(min_face).detect

    def find(picture: np.ndarray) -> np.ndarray | None:
        found = detect(picture)
        if not len(found):
            return None
        sides = found.boxes[:, 2:] - found.boxes[:, :2]
        points: np.ndarray = found.points[int(sides.prod(axis=1).argmax())]
        return points

    return find


def steadied(faces: FaceArrays) -> np.ndarray:
    """The five points (D, 5, 2) without their jitter: binomial mean (1 2 1) over the same face in the frames
    around.
    """
    points = faces.points.astype(np.float64)
    rows = {(int(f), int(t)): row for row, (f, t) in enumerate(zip(faces.frame, faces.track, strict=True))}
    steady = points.copy()
    for (frame, track), row in rows.items():
        before, after = rows.get((frame - 1, track)), rows.get((frame + 1, track))
        if before is not None and after is not None:
            steady[row] = (points[before] + 2 * points[row] + points[after]) / 4
    return steady
