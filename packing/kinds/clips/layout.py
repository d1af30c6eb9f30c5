"""The way back: clips of shards as the files and the folders of frames that they were packed from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from faceshards.errors import ClipError
from faceshards.media.picture import encode_png
from faceshards.media.video.decode import frames
from faceshards.packing.annotations.rewritten import Rewritten
from faceshards.packing.sources.spelling import frame_paths
from faceshards.shards.reader import Shard

TEACHES = """Write clips as they lay in the source that `faceshards pack clips` took.

A video file comes back byte for byte, under its own path.
A folder of frames comes back as PNG files of its decoded frames, under the
names that they had (as .png): they were encoded, so pixels are near, not equal.
Rows of an annotation file come back in a file of its name.

Example: faceshards export clips train_set/GRID clips_again
"""


class ClipTree:
    """The files of clips. What an annotation file said of them is gathered, and written at the end."""

    def __init__(self) -> None:
        self._annotations = Rewritten()

    def files(self, shard: Shard, row: int) -> Iterator[tuple[str, bytes]]:
        """A video file, or the PNG of every frame. Raises ClipError for a sample that has no path."""
        facts = shard.json(row)
        yield from clip_files(shard, row, facts)
        self._annotations.add(facts.get("annotation"))

    def closing(self) -> Iterator[tuple[str, bytes]]:
        """The annotation files, with the rows of the clips that are there."""
        return self._annotations.files()


def clip_files(shard: Shard, row: int, facts: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The files that a sample of this json was packed from: path and bytes. Raises ClipError."""
    path, column = facts.get("path"), facts.get("container")
    if not isinstance(path, str) or not isinstance(column, str):
        raise ClipError("bad-column", "its json has no path: pack its source again with this version")
    body = shard.read(row, column)
    if "frame_files" not in facts:
        yield path, body
        return
    for name, picture in _named(path, facts["frame_files"], facts.get("frames"), body):
        yield name, encode_png(picture)


def _named(path: str, names: Any, count: Any, body: bytes) -> Iterator[tuple[str, np.ndarray]]:
    """Path and picture of every frame. Raises ClipError where there are not as many as the json says."""
    known = isinstance(names, list) and all(isinstance(name, str) for name in names)
    if not known or not isinstance(count, int) or not 0 < count <= len(body):
        raise ClipError("bad-column", "its json does not tell the names of its frames: pack its source again")
    pictures = frames(body)
    for name in frame_paths(path, names, count):
        picture = next(pictures, None)
        if picture is None:
            raise ClipError("truncated-media", f"fewer than {count} frames decode")
        yield name, picture
    if next(pictures, None) is not None:
        raise ClipError("bad-column", f"more than {count} frames decode")
