"""The box of the source video's picture that a clip shows."""

from __future__ import annotations

from typing import Any


def crop_facts(
    left: float, top: float, right: float, bottom: float, size: tuple[int, int] | None = None
) -> dict[str, Any]:
    """Facts of a box, in pixels where it reaches beyond 1, else in shares of the picture's sides; `size` is the
    picture's width and height in pixels, where they are known.

    `crop_left`, `crop_top`, `crop_right`, `crop_bottom`: shares; `crop_px`: [left, top, right, bottom] in pixels.
    Raises ValueError for a box without an area.
    """
    box = [left, top, right, bottom]
    if not (left < right and top < bottom and all(isinstance(side, (int, float)) for side in box)):
        raise ValueError(f"the box {box} has no area")
    facts: dict[str, Any] = {}
    if max(box) > 1:
        facts["crop_px"] = box
        if size is None:
            return facts
        width, height = size
        box = [left / width, top / height, right / width, bottom / height]
    return {**facts, **dict(zip(("crop_left", "crop_top", "crop_right", "crop_bottom"), map(float, box), strict=True))}
