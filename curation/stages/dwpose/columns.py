"""The columns of `dwpose`: a row a person of a frame. Imported shards bring them as DWPose's own code made them."""

from __future__ import annotations

import numpy as np

from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.stages.dwpose.openpose import POINTS
from faceshards.shards.schema.columns import PIXELS, Column


def _column(name: str, dtype: str, shape: str, unit: str, doc: str, frame: str = "") -> Column:
    return Column(name, "npy", dtype, shape, unit, PIXELS if unit == "px" else "", "dwpose", doc, frame)


POINTS_COLUMN = _column(
    "dwpose.npy",
    "float32",
    f"(R, {POINTS}, 2)",
    "px",
    "the points of every person of every frame, in OpenPose's order: body 0-17, feet 18-23, face 24-91, left hand "
    "92-112, right hand 113-133; a point that the network does not know, or does not find, is 0, 0. Imported ones are "
    "as DWPose's own code counts, half a pixel less",
    "dwpose_frame.npy",
)
SCORE = _column(
    "dwpose_score.npy",
    "float32",
    f"(R, {POINTS})",
    "0..1, SimCC maxima",
    "how sure each point is. By `mediapipe`, 0 to 1: of the body, how likely it is visible times within the picture, "
    "of a face or a hand, how likely it is one; small toes 0. By SimCC the maxima, which may exceed 1. The neck's is 1 "
    "where both shoulders exceed 0.3, else 0",
    "dwpose_frame.npy",
)
FRAME = _column(
    "dwpose_frame.npy", "int64", "(R,)", "frames", "the frame of each row of the two columns above, ascending"
)
BOX = _column(
    "person_box.npy",
    "float32",
    "(R, 4)",
    "px",
    "x1 y1 x2 y2 of whole persons, may reach beyond the picture; MegActor v1's `faces_bbox`",
    "person_box_frame.npy",
)
BOX_FRAME = _column(
    "person_box_frame.npy", "int64", "(R,)", "frames", "the frame of each row of `person_box.npy`, ascending"
)

DWPOSE_COLUMNS = (POINTS_COLUMN, SCORE, FRAME, BOX, BOX_FRAME)


def put_persons(out: Outlet, boxes: np.ndarray, frames: np.ndarray) -> None:
    """Rows of persons, boxes float32 (R, 4) and frames int64 (R,)."""
    for column, rows in ((BOX, boxes), (BOX_FRAME, frames), (FRAME, frames)):
        out.add(column.name, rows)


def put_points(out: Outlet, points: np.ndarray, scores: np.ndarray) -> None:
    """The points of such rows, float32 (R, 134, 2), and their scores, (R, 134)."""
    out.add(POINTS_COLUMN.name, points)
    out.add(SCORE.name, scores)
