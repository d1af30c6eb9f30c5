"""Video files that are named one by one: a source of so many clips."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faceshards.errors import UsageError
from faceshards.media.container import RangedFile
from faceshards.packing.sources.archive import ArchiveListing, Entry, Limits, readable
from faceshards.packing.sources.folder import Folder


class Selection:
    """Files of a disk. One alone lends its name to the source (`path`), several that of the folder that holds them all.

    Raises UsageError for a file that is not there.
    """

    kind = "selection"

    def __init__(self, files: Sequence[Path], limits: Limits) -> None:
        places = list(dict.fromkeys(Path(os.path.abspath(file)) for file in files))
        for place in places:
            if not place.exists():
                raise UsageError(f"{place}: no such file or folder")
        root = Path(os.path.commonpath([place.parent for place in places]))
        self.path = files[0] if len(places) == 1 else root
        self.nbytes: int | None = None
        self._names = sorted(str(place.relative_to(root)) for place in places)
        self._folder = Folder(root, limits)

    def identity(self) -> dict[str, Any]:
        """Its path; of several files also which of the folder's they are."""
        path = readable(str(self.path.resolve()))
        if len(self._names) > 1:
            digest = hashlib.blake2b("\n".join(map(readable, self._names)).encode(), digest_size=8).hexdigest()
            path += f" ({len(self._names)} files of it, {digest})"
        return {"path": path}

    def listing(self) -> ArchiveListing:
        """The files, each with the size that it has now."""
        return ArchiveListing([self._folder.entry(name, self._folder.path / name) for name in self._names])

    def read(self, entry: Entry) -> bytes:
        """The bytes of a file as it was listed. Raises as `Folder.read` does."""
        return self._folder.read(entry)

    def file(self, entry: Entry) -> RangedFile:
        """As `Archive.file`."""
        return self._folder.file(entry)

    def close(self) -> None:
        """There is nothing to close."""
