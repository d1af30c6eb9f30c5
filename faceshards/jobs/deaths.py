"""Deaths in a row: a worker that dies again and again without getting anywhere is not given the same work for ever."""

from __future__ import annotations

from dataclasses import dataclass

#: Deaths in a row without progress after which a source is given up.
PATIENCE = 3


@dataclass
class Deaths:
    """Of the workers of one source."""

    count: int = 0
    progress: int = -1

    def add(self, progress: int) -> bool:
        """One more, with so much done by then (`Journal.progress`); whether it is time to give up."""
        self.count = self.count + 1 if progress == self.progress else 1
        self.progress = progress
        return self.count >= PATIENCE

    def said(self, source: str, cause: str) -> str:
        """Why the source is given up."""
        return f"{source}: its worker died {self.count} times in a row without progress, given up: {cause[:200]}"
