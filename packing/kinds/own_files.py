"""Samples whose members are files of the source, byte for byte: what the json says of them, and the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from faceshards.errors import ClipError
from faceshards.packing.sources.archive import Archive, Entry, readable
from faceshards.packing.sources.clip_list import RawClip
from faceshards.shards.reader import Shard
from faceshards.shards.schema.provenance import Provenance

#: Key of the json: column -> the path in the source of the file that it holds, bytes that are no UTF-8 as `\xff`.
FILES = "files"


def file_json(
    archive: Archive, clip: RawClip, files: Mapping[str, Entry], made: Provenance, labels: Mapping[str, str]
) -> dict[str, Any]:
    """What every json of such a sample says; `labels` are those of the run."""
    return {
        "source": readable(archive.path.absolute().name),
        **labels,
        **clip.facts,
        "name": readable(clip.name),
        FILES: {column: readable(entry.name) for column, entry in files.items()},
        "failures": [],
        "made": dict.fromkeys(files, made.fingerprint),
    }


class OwnFiles:
    """The layout of a kind, whose name its recipe holds: each file at the path that it had in the source."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def files(self, shard: Shard, row: int) -> Iterator[tuple[str, bytes]]:
        """The sample's files. Raises ClipError where it is of another kind, or where a member is no more what was
        packed, ColumnError.
        """
        facts = shard.json(row)
        paths, made = facts.get(FILES), facts.get("made")
        if not isinstance(paths, dict) or not paths or not isinstance(made, dict):
            raise ClipError("bad-column", f"its json names no files: it was not packed as {self._kind}")
        for column, path in paths.items():
            recipe = shard.provenance.get(str(made.get(column)))
            if not isinstance(path, str) or recipe is None or recipe.params.get("from") != self._kind:
                raise ClipError("bad-column", f"its {column} was not packed as {self._kind}: pack the source again")
            if not shard.filled(row, column):
                raise ClipError("bad-column", f"its {column} has no value any more: pack the source again")
            yield path, shard.read(row, column)

    def closing(self) -> Iterator[tuple[str, bytes]]:
        """Nothing: samples share no file."""
        return iter(())
