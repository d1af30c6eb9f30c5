"""Photographs as `faceshards pack clips` takes them: a folder of one frame each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PIL import Image, ImageOps

# The longest side, in pixels: faces stay large enough, and detectors quick.
_SIDE = 1000


def as_clips(photographs: Iterable[Path], into: Path) -> Path:
    """Writes each photograph upright, at most 1000 pixels long, as `into/NAME/0.png`, and returns `into`."""
    for file in sorted(photographs):
        folder = into / file.stem
        folder.mkdir(parents=True, exist_ok=True)
        with Image.open(file) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
        upright.thumbnail((_SIDE, _SIDE))
        upright.save(folder / "0.png")
    return into
