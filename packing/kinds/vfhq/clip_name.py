"""The name of a VFHQ clip: `Clip+YOUTUBEID+P0+C1+F2551-2669`."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_NAME = re.compile(r"Clip\+(?P<video>[^/]+)\+P(?P<person>[0-9]+)\+C[0-9]+\+F(?P<first>[0-9]{1,9})-(?P<last>[0-9]{1,9})")


class ClipName(NamedTuple):
    """What the name says. `text` is the name itself, without what may follow it (`.txt`, `_206clip`)."""

    text: str
    video: str
    person: int
    first: int
    last: int

    @classmethod
    def of(cls, path: str) -> ClipName | None:
        """The last part of a path that is so named, None where there is none."""
        found = next(filter(None, (_NAME.match(part) for part in reversed(path.split("/")))), None)
        if found is None:
            return None
        first, last = int(found["first"]), int(found["last"])
        return cls(found[0], found["video"], int(found["person"][-9:]), first, last)

    def facts(self) -> dict[str, Any]:
        """The person is told apart within a video only: two videos of one are two identities."""
        return {
            "identity": f"{self.video}+P{self.person}",
            "source_id": self.video,
            "source_first_frame": self.first,
            "source_last_frame": self.last,
        }
