"""What the suffix of a file says of it."""

from __future__ import annotations

from pathlib import Path

from faceshards.shards.schema.columns import VIDEO

#: Suffix of a video file -> the column that keeps it.
VIDEO_SUFFIXES = {suffix: suffix for suffix in VIDEO} | {
    "m4v": "mp4",
    "mpeg": "mpg",
    "mpe": "mpg",
    "m2ts": "ts",
    "mts": "ts",
}
PICTURE_SUFFIXES = frozenset({"png", "jpg", "jpeg", "webp", "bmp"})


def is_video(path: Path) -> bool:
    """Whether a path is named as a video file, and is no folder."""
    return path.suffix[1:].lower() in VIDEO_SUFFIXES and not path.is_dir()
