"""Files of one commit of a data set, in the folder where huggingface_hub caches them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from faceshards.packing.sources.archive import ArchiveListing, Limits
from faceshards.packing.sources.folder import Folder


class Snapshot(Folder):
    """Some files of the folder, by their paths in it: what else was ever fetched of the commit lies there too."""

    def __init__(self, path: Path, names: Sequence[str], limits: Limits) -> None:
        super().__init__(path, limits)
        self._names = frozenset(names)

    def listing(self) -> ArchiveListing:
        """These files. Raises as `Folder.listing` does."""
        whole = super().listing()
        return replace(whole, entries=[entry for entry in whole.entries if entry.name in self._names], empty_folders=0)
