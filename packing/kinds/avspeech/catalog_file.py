"""A catalogue as the source of a run."""

from __future__ import annotations

from pathlib import Path

from faceshards.errors import UsageError
from faceshards.packing.sources.archive import Limits
from faceshards.packing.sources.selection import Selection


class CatalogFile(Selection):
    """The file of a catalogue. Raises UsageError where it is none."""

    kind = "catalogue"

    def __init__(self, path: Path, limits: Limits) -> None:
        super().__init__([path], limits)
        if not path.is_file():
            raise UsageError(f"{path}: a folder, where the CSV of AVSpeech is asked for: name the file")
        self.nbytes = path.stat().st_size
