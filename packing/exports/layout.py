"""How a kind's samples lie in a folder tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from faceshards.shards.reader import Shard


class Layout(Protocol):
    """What the way back asks of a kind."""

    def files(self, shard: Shard, row: int) -> Iterator[tuple[str, bytes | None]]:
        """The files of a sample: path below the tree's top, with `/` between its parts, and bytes; None for a file that
        packing refused: it is left out, and counted. Raises ClipError for a sample that is not of this kind or lacks
        what the tree must have.
        """

    def closing(self) -> Iterator[tuple[str, bytes]]:
        """Files that several samples share (a catalogue, a list), called once at the end."""
