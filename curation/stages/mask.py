"""The stage `mask`: where a person is in each frame, and where the face."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Live, Need
from faceshards.curation.engine.network import Net
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.twin import twin_columns
from faceshards.media.geometry import crop_matrix, warp
from faceshards.models.sessions import face_mesh, selfie
from faceshards.models.weights.registry import find
from faceshards.shards.schema.scalars import Scalar

# The networks' masks and hulls are 0..1 and 0 or 1; a pixel is in where it is above this.
_HALF = 128
# Bits behind the point of the pixels that OpenCV draws a hull by.
_BITS = 4


@dataclass(frozen=True)
class MaskParams:
    """It has none."""


class Mask(Stage[MaskParams]):
    """One video for both, as large as the clip's pictures, so that whatever a window cuts out or scales it does to
    both alike: a person's pixels are green, those of the face red and green.
    """

    name = "mask"
    makes = twin_columns(
        "mask.mp4",
        "mask",
        "of each frame: green (0..255) how sure a pixel is a person's, red 255 within the hull of the face's mesh, "
        "above 127 is in; blue 0; same size, frames and times, silent",
    )
    scores = (
        Scalar("person_area", pa.float64(), "0..1", "mask", "pixels of a person over all; mean over frames"),
        Scalar("hull_area", pa.float64(), "0..1", "mask", "pixels within the face's hull over all; mean over frames"),
    )
    weights = ("selfie_segmentation",)

    def needs(self) -> tuple[Need, ...]:
        """The pictures, and the points of the face in them."""
        return (Frames(), Live("landmarks.npy"), Live("landmarks_frame.npy"))

    def setup(self) -> None:
        """Loads the network. Raises WeightsError, StageError."""
        self._net = selfie.SelfieSegmentation(find("selfie_segmentation"))

    def networks(self) -> dict[str, Net]:
        """A row at a time, as all of MediaPipe's."""
        return {"person": Net(self._net.run)}

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """Nobody is a result too: a black video."""
        areas: list[np.ndarray] = []
        async with out.video("mask.mp4") as video:
            async for chunk in clip.frames():
                (persons,) = await self.nets["person"](await clip.thread(_small, chunk.pictures))
                rows = await clip.rows("landmarks.npy", chunk)
                faces = dict(zip(rows["frame"].tolist(), rows.get("landmarks.npy", ()), strict=False))
                size = (chunk.pictures.shape[2], chunk.pictures.shape[1])
                hulls = [faces.get(number) for number in chunk.numbers.tolist()]
                drawn, shares = await clip.thread(_drawn, persons, hulls, size)
                areas.append(shares)
                await video.add(drawn, chunk.numbers)
        hull, person = np.concatenate(areas).mean(axis=0).tolist()
        out.score(person_area=round(person, 4), hull_area=round(hull, 4))


def _small(pictures: np.ndarray) -> np.ndarray:
    """The whole pictures, as the network takes them: uint8 (n, 256, 256, 3)."""
    size = (selfie.SIDE, selfie.SIDE)
    matrix = crop_matrix(np.array([0, 0, pictures.shape[2], pictures.shape[1]]), size)
    return np.stack([warp(picture, matrix, size, beyond="edge") for picture in pictures])


def _drawn(persons: np.ndarray, faces: list[np.ndarray | None], size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The masks of some frames of `size`, (width, height), uint8 (n, H, W, 3), of persons (n, 256, 256), 0..1, and the
    points of each face, (478, 3) in pixels; and the shares of the pixels that are in, hull and person, (n, 2).
    """
    drawn = np.zeros((len(persons), size[1], size[0], 3), np.uint8)
    shares = np.zeros((len(persons), 2))
    for picture, share, person, face in zip(drawn, shares, persons, faces, strict=True):
        values = (person.clip(0, 1) * 255).round().astype(np.uint8)
        planes = {1: cv2.resize(values, size, interpolation=cv2.INTER_LINEAR)}
        if face is not None:
            planes[0] = hull(face[: face_mesh.MESH_POINTS, :2], size)
        for number, plane in planes.items():
            picture[..., number] = plane
            share[number] = np.count_nonzero(plane >= _HALF) / plane.size
    return drawn, shares


def hull(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The convex hull of points (n, 2) in pixels, uint8 (H, W): 255 within, 0 outside, a soft edge between."""
    # OpenCV counts from the first pixel's centre, in whole parts of a pixel.
    outline = cv2.convexHull(((points - 0.5) * 2**_BITS).round().astype(np.int32))
    canvas = np.zeros((size[1], size[0]), np.uint8)
    return cv2.fillConvexPoly(canvas, outline, 255, lineType=cv2.LINE_AA, shift=_BITS)
