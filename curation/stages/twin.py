"""A twin: a video made of a clip, with the same frames at the same times, silent."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.errors import ClipError
from faceshards.media.tables.packets import DISCARD, PTS, packet_table
from faceshards.media.timeline import Timeline, told_tick
from faceshards.shards.schema.columns import Column, packets_column


def twin_columns(name: str, maker: str, doc: str) -> tuple[Column, Column]:
    """The columns of a twin: the video and its packet table."""
    codec = name.rsplit(".", 1)[-1]
    return Column(name, codec, "bytes", "", "", "", maker, doc), packets_column(name, maker)


def check_twin(path: Path, line: Timeline) -> None:
    """Raises ClipError `stage-failed` where a video that another program made has not the frames of a clip's timeline,
    or shows one a quarter of a frame earlier or later; else what `packet_table` raises.
    """
    table, media = packet_table(path)
    ticks = np.sort(table[table[:, DISCARD] == 0, PTS])
    if len(ticks) != len(line):
        raise ClipError("stage-failed", f"the video that was made has {len(ticks)} frames, the clip {len(line)}")
    away = np.abs((ticks - ticks[0]) * float(told_tick(media)) - line.times)
    if away.max() > line.lasting(0, len(line)) / len(line) / 4:
        raise ClipError(
            "stage-failed",
            f"frame {away.argmax()} of the video that was made is shown {away.max():.3f} s from when the clip shows it",
        )
