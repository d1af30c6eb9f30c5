"""The order of stages that people know: from the clip itself to its face, its voice, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: Makers of scalars, as they come one after another; others, such as a user's own, stand behind them.
ROAD = (
    *("pack", "import", "persons", "split", "judgements", "remove", "shots", "faces", "face_crop", "crop", "landmarks"),
    *("points68", "expression", "headpose", "gaze", "dwpose", "mask", "quality", "hyperiqa", "video_quality"),
    *("identity", "face_embeddings", "features", "latents", "stylize", "swap", "spectrogram", "loudness", "envelope"),
    *("speech", "language", "voice", "speaking", "sync"),
)
_PLACE = {maker: place for place, maker in enumerate(ROAD)}


def along_the_road(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Things that each have a `maker`, by the makers' order; those of one maker as they came."""
    return sorted(told, key=lambda one: _PLACE.get(one["maker"], len(ROAD)))
