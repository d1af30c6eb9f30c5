"""A twin: a video made of a clip, with the same frames at the same times, silent."""

from __future__ import annotations

from faceshards.shards.schema.columns import Column, packets_column


def twin_columns(name: str, maker: str, doc: str) -> tuple[Column, Column]:
    """The columns of a twin: the video and its packet table."""
    codec = name.rsplit(".", 1)[-1]
    return Column(name, codec, "bytes", "", "", "", maker, doc), packets_column(name, maker)
