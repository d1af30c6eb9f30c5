"""The row of a clip, by its shard and key."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from faceshards.viewer.pages.collection import Collection


class ClipRows:
    """Finds rows of a collection; each is looked for once."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self.keys = collection.stored.columns(["key"])["key"]
        self._found: dict[tuple[int, str], int | None] = {}

    def find(self, number: int, key: str) -> int | None:
        """The row of a key of the shard of this number; None where it is none of those that are looked at."""
        if (number, key) not in self._found:
            start, end = self._collection.starts[number : number + 2].tolist()
            at = pc.index(self.keys.slice(start, end - start), pa.scalar(key, self.keys.type)).as_py()
            row = start + at
            self._found[number, key] = row if at >= 0 and self._collection.shows(row) else None
        return self._found[number, key]
