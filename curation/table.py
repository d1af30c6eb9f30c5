"""The table of stages: a new stage is its file and one line here."""

from __future__ import annotations

from collections.abc import Sequence

from faceshards.curation.stage import Stage
from faceshards.errors import UsageError


def stage_table() -> dict[str, type[Stage]]:
    """Name -> class of every stage, in the order in which `--help` lists them."""
    from faceshards.curation.face_crop import FaceCrop
    from faceshards.curation.faces import Faces
    from faceshards.curation.loudness import Loudness
    from faceshards.curation.spectrogram import Spectrogram
    from faceshards.curation.stylize import Stylize
    from faceshards.curation.swap import Swap

    return {stage.name: stage for stage in (Faces, FaceCrop, Spectrogram, Loudness, Stylize, Swap)}


def stage_classes(names: Sequence[str]) -> list[type[Stage]]:
    """The classes of the named stages. Raises UsageError for a name that the table lacks."""
    table = stage_table()
    unknown = [name for name in names if name not in table]
    if unknown or not names:
        raise UsageError(f"--stages must name some of {', '.join(table)}, got {', '.join(unknown) or 'none'}")
    return [table[name] for name in names]
