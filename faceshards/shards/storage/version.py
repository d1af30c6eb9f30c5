"""Which version of a file or an object was read, so that no two are ever mixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faceshards.errors import StaleIndex

#: What is said of a file or an object that is another version than was expected.
CHANGED = "changed meanwhile: somebody else wrote it: open it again, or run again"


@dataclass(frozen=True)
class Version:
    """One version of a file or an object: bytes, ETag (None of a file, and where a store gives none), time of its
    writing in ns; of a file also the time of any change (ctime), which nobody sets: it tells a file that was put in the
    place of another with its size and time.
    """

    size: int
    etag: str | None
    written_ns: int
    changed_ns: int = 0

    @property
    def mark(self) -> dict[str, Any]:
        """What the index of a foreign tar, which has no generation, remembers of the version that it is of."""
        return {"mtime_ns": self.written_ns} if self.etag is None else {"etag": self.etag}


class Changed(StaleIndex):
    """A file or an object is no longer the version that was asked for, or one is there already."""
