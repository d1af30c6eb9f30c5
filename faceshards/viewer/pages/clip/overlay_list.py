"""Which overlays a clip has, by what the column table says: every column whose coordinates are its own frame's can be
drawn, and a few more by what they mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import prod
from typing import Any, Literal

from faceshards.shards.schema.columns import COLUMNS, PIXELS, Column
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.pages.clip.frame_rows import axes_of

#: How something is drawn: a box from two points; an outline through some; rays and axes as pairs of points; a tint is a
#: video that is laid over the clip's.
DrawnAs = Literal["points", "boxes", "rays", "axes", "outline", "speaking", "tint"]


@dataclass(frozen=True)
class DrawnColumn:
    """`column`, and of a map the `part` of it that is drawn. `group`: points of one thing; `third`: what the third
    number of a point is, "" where there is none.
    """

    column: str
    part: str
    kind: DrawnAs
    group: int
    label: str
    third: Literal["", "track", "score", "logit"] = ""

    def record(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)


# Those whose meaning no table says: by column and part.
_KNOWN = (
    DrawnColumn("faces.msg", "box", "boxes", 2, "faces", "track"),
    DrawnColumn("faces.msg", "points", "points", 5, "five points", "track"),
    DrawnColumn("gaze.npy", "", "rays", 4, "gaze"),
    DrawnColumn("headpose.npy", "", "axes", 6, "head axes"),
    DrawnColumn("speaking.npy", "", "speaking", 2, "speaking", "logit"),
    DrawnColumn("mask.mp4", "", "tint", 0, "mask"),
)
# The first ones of a list have a key each: those that are asked for most.
_FIRST = (
    "faces.msg",
    "landmarks.npy",
    "gaze.npy",
    "headpose.npy",
    "points68.npy",
    "dwpose.npy",
    "speaking.npy",
    "mask.mp4",
)
_NEEDED = {"speaking.npy": ("faces.msg",), "gaze.npy": ("landmarks.npy",), "headpose.npy": ("landmarks.npy",)}


def overlay_list(sample: ShownSample) -> list[DrawnColumn]:
    """Those that this sample has values for, those first that are asked for most."""

    def there(name: str) -> bool:
        return sample.shard.has(name) and sample.shard.filled(sample.row, name)

    named = [one for one in _KNOWN if all(map(there, (one.column, *_NEEDED.get(one.column, ()))))]
    known = {one.column for one in _KNOWN}
    told = (overlay_of(COLUMNS[name], there) for name in COLUMNS if name not in known)
    found = [*named, *(one for one in told if one is not None and there(one.column))]
    rank = {name: place for place, name in enumerate(_FIRST)}
    return sorted(found, key=lambda one: rank.get(one.column, len(rank)))


def overlay_of(column: Column, there: Callable[[str], bool]) -> DrawnColumn | None:
    """How a column of the table is drawn; None where it is not. `there` says which columns a sample has."""
    axes = axes_of(column)
    if column.codec != "npy" or column.space != PIXELS or not axes or axes[0] not in ("R", "N"):
        return None
    label = column.name.removesuffix(".npy").replace("_", " ")
    if axes[1:] == ["4"]:
        return DrawnColumn(column.name, "", "boxes", 2, label)
    if axes[1:] == ["2", "3"]:
        return DrawnColumn(column.name, "", "outline", 4, "crop") if there("crop.mp4") else None
    if len(axes) < 3 or axes[-1] not in ("2", "3") or not all(one.isdecimal() for one in axes[1:]):
        return None
    third: Literal["", "score"] = "score" if there(score_column(column.name)) else ""
    return DrawnColumn(column.name, "", "points", prod(map(int, axes[1:-1])), label, third)


def score_column(name: str) -> str:
    """Where it is said how sure the points of a column are."""
    return f"{name.removesuffix('.npy')}_score.npy"
