"""The way back: VFHQ's folders of frames, and its texts."""

from __future__ import annotations

from collections.abc import Iterator

from faceshards.errors import ClipError
from faceshards.packing.kinds.clips.layout import clip_files
from faceshards.packing.kinds.vfhq.kind import META
from faceshards.shards.reader import Shard

TEACHES = """Write clips of VFHQ as they lay in the source that `faceshards pack vfhq` took.

A folder of frames comes back as PNG files of its decoded frames, under the
names that they had: they were encoded, so pixels are near, not equal. Video
files and the texts of meta_info come back byte for byte; texts that lay in a
source of their own in a folder of its name.

Example: faceshards export vfhq train_set/VFHQ vfhq_again
"""


class VfhqTree:
    """The files of clips, each with its text."""

    def files(self, shard: Shard, row: int) -> Iterator[tuple[str, bytes]]:
        """A video file or the PNG of every frame, and the text of `meta_info`. Raises ClipError for a sample that has
        no path.
        """
        facts = shard.json(row)
        yield from clip_files(shard, row, facts)
        if shard.has(META) and (text := shard.read(row, META)):
            annotation = facts.get("annotation")
            if not isinstance(annotation, dict) or not isinstance(annotation.get("file"), str):
                raise ClipError("bad-column", f"its json does not tell where {META} lay: pack its source again")
            yield annotation["file"], text

    def closing(self) -> Iterator[tuple[str, bytes]]:
        """Nothing: no file belongs to several clips."""
        return iter(())
