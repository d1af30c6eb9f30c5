"""The way back: the eleven files of each sequence, in the folders where they lay."""

from __future__ import annotations

from collections.abc import Iterator

from faceshards.errors import ClipError
from faceshards.packing.kinds.emoca.files import ARRAYS, METADATA, METADATA_FILE, SOUND, SOUND_FILE
from faceshards.packing.kinds.emoca.metadata import write_metadata
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode

TEACHES = """Write the sequences that `faceshards pack emoca` took: eleven files a folder, where they lay.

Arrays and sound are byte for byte what they were. metadata.pkl is a pickle of equal
value, and left out where packing refused it. Sequences that came from HDF5 become
folders, too, of equal values.

Example: faceshards export emoca train_set/EMOCA/V1-RAVDESS.tar V1-RAVDESS
"""


class EmocaLayout:
    """Arrays and sound byte for byte; `metadata.pkl` is written anew, of equal value. One that was not kept when it was
    packed is left out, and counted.
    """

    def files(self, shard: Shard, row: int) -> Iterator[tuple[str, bytes | None]]:
        """The files of a sequence. Raises ClipError for a sample that is none."""
        path = shard.json(row).get("path")
        missing = [column for column in (SOUND, *ARRAYS) if not (shard.has(column) and shard.filled(row, column))]
        if not isinstance(path, str) or missing:
            lacks = ", ".join(missing) or "the key 'path' in its json"
            raise ClipError("bad-column", f"no sequence of EMOCA, it lacks {lacks}: was it packed by `pack emoca`?")
        folder = f"{path}/" if path else ""
        yield f"{folder}{SOUND_FILE}", shard.read(row, SOUND)
        for column in ARRAYS:
            yield f"{folder}{column}", shard.read(row, column)
        kept = shard.has(METADATA) and shard.filled(row, METADATA)
        yield f"{folder}{METADATA_FILE}", write_metadata(decode(METADATA, shard.read(row, METADATA))) if kept else None

    def closing(self) -> Iterator[tuple[str, bytes]]:
        """None: no file belongs to several sequences."""
        yield from ()
