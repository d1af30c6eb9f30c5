"""The backend `inswapper`: every face drawn anew by InsightFace's inswapper_128, as the person that ArcFace sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from faceshards.curation.engine.need import Live, Need
from faceshards.curation.stages.faces.faces import MTCNN_WEIGHTS
from faceshards.curation.stages.faces.table import FACES, FaceArrays
from faceshards.curation.stages.swap.backend import SwappedPictures
from faceshards.curation.stages.swap.blend import load_largest, steadied
from faceshards.curation.stages.swap.face_swap import SourceFace
from faceshards.curation.stages.swap.paste import pasted
from faceshards.curation.stages.swap.sources import FindFace
from faceshards.media.geometry import similarity, warp
from faceshards.models.sessions.arcface import ArcFace, aligned
from faceshards.models.sessions.batches import in_batches
from faceshards.models.sessions.inswapper import POINTS, SIDE, InSwapper
from faceshards.models.weights.registry import find

# A face whose eyes are nearer, in pixels, is left alone.
_LEAST_EYES = 10.0
# Faces that the network draws at a time.
_FACES = 8


@dataclass(frozen=True)
class LatentFace:
    """Whose face is swapped in, as the network knows it: `latent` float32 (512,), and `portrait`, its picture and the
    face's box there. All faces serve equally well.
    """

    name: str
    latent: np.ndarray
    portrait: tuple[np.ndarray, np.ndarray]
    fit: float = 1.0


class ByNetwork:
    """The faces of a chunk's pictures go through the network together. `min_face`: the smallest face in a source
    picture.
    """

    weights: ClassVar[tuple[str, ...]] = ("inswapper_128", "w600k_r50", *MTCNN_WEIGHTS)
    runtimes: ClassVar[tuple[str, ...]] = ("onnxruntime",)
    column: ClassVar[str] = FACES.name

    def __init__(self, min_face: int) -> None:
        self._min_face = min_face

    def needs(self) -> tuple[Need, ...]:
        """The faces, those of a frame more to steady them by."""
        return (Live(FACES.name, ahead=1),)

    def load(self, device: str) -> FindFace:
        """Looks for the largest face by MTCNN, and at whom it shows."""
        self._net = InSwapper(find("inswapper_128"), _FACES, device)
        known, largest = ArcFace(find("w600k_r50"), 1, device), load_largest(self._min_face)

        def look(name: str, picture: np.ndarray) -> LatentFace | None:
            points = largest(picture)
            if points is None:
                return None
            latents = self._net.latents(known.embed(aligned(picture, points)[None]))
            return LatentFace(name, latents[0], SourceFace.cut(name, picture, points).portrait)

        return look

    def drawn(
        self, pictures: np.ndarray, first: int, rows: Mapping[str, np.ndarray], source: LatentFace | None
    ) -> SwappedPictures:
        """Every face of the pictures (n, H, W, 3) is swapped, but for the smallest."""
        faces = FaceArrays.of(rows)
        points, made = steadied(faces), list(pictures)
        here = (faces.frame >= first) & (faces.frame < first + len(pictures))
        large = np.linalg.norm(points[:, 1] - points[:, 0], axis=1) >= _LEAST_EYES
        chosen = np.flatnonzero(here & large)
        if len(chosen):
            assert source is not None, "where there is a face a source was looked for"
            numbers = (faces.frame[chosen] - first).tolist()
            matrices = [similarity(points[row], POINTS) for row in chosen]
            cuts = [warp(pictures[number], one, (SIDE, SIDE)) for number, one in zip(numbers, matrices, strict=True)]
            persons = np.repeat(source.latent[None], len(chosen), axis=0)
            (drawn,) = in_batches(self._net.run, self._net.batch, np.stack(cuts), persons)
            for number, face, matrix in zip(numbers, drawn, matrices, strict=True):
                made[number] = pasted(made[number], face, matrix)
        faced, changed = (len(np.unique(faces.frame[rows])) for rows in (here, chosen))
        boxes = {int(faces.frame[row]) - first: faces.boxes[row] for row in chosen[::-1]}
        return SwappedPictures(np.stack(made), faced, changed, boxes)
