"""Compressed tars among those to pack: they cannot be read where they stand, and are not passed over without a word."""

from __future__ import annotations

from pathlib import Path

from faceshards.errors import SourceError
from faceshards.packing.sources.opening import compression
from faceshards.shards.storage.url import Place

SUFFIXES = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst")


def compressed_tars(top: Place) -> list[Path]:
    """Those that a path of this machine is or, of a folder, holds at any depth, by their names, sorted; hidden ones
    left out.
    """
    if not isinstance(top, Path):
        return []
    if not top.is_dir():
        return [top] if top.name.endswith(SUFFIXES) and top.is_file() else []
    found = (path for path in top.rglob("*") if path.name.endswith(SUFFIXES) and path.is_file())
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(top).parts))


def refuse_compressed(start: bytes, name: str) -> None:
    """Raises SourceError where a file begins (its first 512 bytes) as a compressed one."""
    if packed := compression(start):
        raise SourceError(f"{name}: compressed with {packed} first: samples are read where they stand")
