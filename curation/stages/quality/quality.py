"""The stage `quality`: light, sharpness, compression, camera and face of each frame, by OpenCV alone."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Live, Need
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.faces.table import FACES, FaceArrays
from faceshards.curation.stages.quality import face_measures, picture_measures
from faceshards.curation.stages.quality.camera import UNKNOWN, Camera
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar

#: What the numbers of a frame are, in their order.
MEASURES = (
    "luma",
    "highlights",
    "sharpness",
    "blockiness",
    "camera",
    "face_area",
    "face_sharpness",
    "frontal",
    "movement",
)


def _scalar(name: str, unit: str, doc: str) -> Scalar:
    return Scalar(name, pa.float64(), unit, "quality", doc)


@dataclass(frozen=True)
class QualityParams:
    """It has none."""


@dataclass
class _Measures:
    """The numbers of one clip's frames, in the making."""

    camera: Camera = field(default_factory=Camera)
    rows: list[list[float]] = field(default_factory=list)
    boxes: list[np.ndarray] = field(default_factory=list)
    #: Track and points of the largest face in the frame before.
    before: tuple[int, np.ndarray] | None = None

    def add(self, pictures: np.ndarray, numbers: list[int], faces: FaceArrays) -> None:
        """Those of some frames more."""
        for picture, number in zip(pictures, numbers, strict=True):
            grey = picture_measures.luma(picture)
            self.rows.append(
                [
                    float(cv2.mean(grey)[0]),
                    picture_measures.highlights(grey),
                    picture_measures.sharpness(picture_measures.brought_down(grey, picture_measures.SIDE)),
                    picture_measures.blockiness(grey),
                    self.camera.moved(grey, faces.boxes[faces.frame == number]),
                    *self._face(grey, faces, face_measures.largest(faces, number)),
                ]
            )

    def _face(self, grey: np.ndarray, faces: FaceArrays, row: int | None) -> tuple[float, float, float, float]:
        """The last four numbers of a frame, by the row of its largest face."""
        if row is None:
            self.before = None
            return 0.0, 0.0, 0.0, 0.0
        box, points, track = faces.boxes[row], faces.points[row].astype(np.float64), int(faces.track[row])
        moved = 0.0
        if self.before is not None and self.before[0] == track:
            way = np.linalg.norm(points - self.before[1], axis=1).mean()
            moved = float(way / max((box[2:] - box[:2]).max(), 1e-6))
        self.before = track, points
        self.boxes.append(box)
        return (
            face_measures.area(box, (grey.shape[1], grey.shape[0])),
            face_measures.face_sharpness(grey, box, points),
            float(face_measures.is_frontal(points)),
            moved,
        )

    def scores(self) -> dict[str, float]:
        """The clip's scores: medians, and means of what is rare. Those of faces are of the frames that have one."""
        of = dict(zip(MEASURES, np.array(self.rows).T, strict=True))
        told = of["camera"][1:][of["camera"][1:] != UNKNOWN]
        found = {name: float(np.median(of[name])) for name in ("luma", "sharpness", "blockiness")}
        found |= {"highlights": float(of["highlights"].mean()), "frontal_share": float(of["frontal"].mean())}
        if len(told):
            found["camera_motion"] = float(told.mean())
        if self.boxes:
            seen = of["face_area"] > 0
            found |= {name: float(np.median(of[name][seen])) for name in ("face_area", "face_sharpness") if seen.any()}
            found["face_movement"] = float(of["movement"][seen].mean()) if seen.any() else 0.0
            found["face_travel"] = face_measures.travel(np.stack(self.boxes))
        return {name: round(value, 5) for name, value in found.items()}


class Quality(Stage[QualityParams]):
    """Numbers, no verdicts: what is good is for a recipe to say. Of several faces of a frame the largest counts."""

    name = "quality"
    makes = (
        Column(
            "quality.npy",
            "npy",
            "float32",
            f"(N, {len(MEASURES)})",
            "0..255; 0..1; squared grey levels; ratio; longer sides a frame, -1 unknown; 0..1; squared grey levels; "
            "0 or 1; boxes a frame",
            "",
            "quality",
            f"of each frame {', '.join(MEASURES)}, as the scores of these names say; 0 for a face that is not there",
        ),
    )
    scores = (
        _scalar("luma", "0..255", "mean of .299 R + .587 G + .114 B; median over frames"),
        _scalar("highlights", "0..1", "pixels as bright as can be over all; mean over frames"),
        _scalar("sharpness", "squared grey levels", "variance of the Laplacian, longer side at most 512 px; median"),
        _scalar("blockiness", "ratio", "steps across borders of 8 x 8 blocks over those elsewhere; about 1; median"),
        _scalar("camera_motion", "longer sides a frame", "how far the background moves; mean; absent if none is seen"),
        _scalar("face_area", "0..1", "the largest face's box over the frame; median over frames with a face"),
        _scalar("face_sharpness", "squared grey levels", "variance of the Laplacian of the face at 112 px; median"),
        _scalar("frontal_share", "0..1", "frames whose face looks ahead by MegActor-Sigma's rule over all"),
        _scalar("face_movement", "boxes a frame", "how far the five points move, over the box's longer side; mean"),
        _scalar("face_travel", "boxes", "MegActor-Sigma's move_ratio: the way of the face over the box"),
    )

    def needs(self) -> tuple[Need, ...]:
        """The pictures, and the faces in them."""
        return (Frames(), Live(FACES.name))

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """No face is a result too."""
        measures = _Measures()
        async for chunk in clip.frames():
            faces = FaceArrays.of(await clip.rows(FACES.name, chunk))
            await clip.thread(measures.add, chunk.pictures, chunk.numbers.tolist(), faces)
        out.put("quality.npy", np.array(measures.rows, np.float32))
        out.score(**measures.scores())
