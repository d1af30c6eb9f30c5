"""A twin: a video made of a clip, with the same frames at the same rate, silent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from faceshards.curation.clip import StageClip
from faceshards.curation.stage import Outcome
from faceshards.media.encode import encode
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.shards.schema.columns import PACKETS


def twin_columns(column: str) -> tuple[str, str]:
    """The columns of a twin: the video and its packet table."""
    return column, f"{column}.{PACKETS}"


def twin(
    column: str, clip: StageClip, frames: Iterable[np.ndarray], scores: Mapping[str, Any] | None = None
) -> Outcome:
    """The outcome of a stage that makes the video `column` of `frames`, one for each of the clip's, as they
    come.
    """
    body = encode(frames, clip.fps)
    table, media = packet_table(body)
    video, packets = twin_columns(column)
    return Outcome({video: body, packets: narrow(table)}, scores or {}, {video: media})
