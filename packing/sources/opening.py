"""Which kind of source a path is, told by its bytes, not by its suffix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from faceshards.errors import SourceError, UsageError
from faceshards.packing.sources.archive import Archive, Limits
from faceshards.packing.sources.folder import Folder
from faceshards.packing.sources.selection import Selection
from faceshards.packing.sources.source_file import SourceFile
from faceshards.packing.sources.suffixes import VIDEO_SUFFIXES, is_video
from faceshards.packing.sources.tar_archive import TarArchive
from faceshards.packing.sources.zip_archive import ZipArchive
from faceshards.shards.storage.url import Place

_COMPRESSED = {
    b"\x1f\x8b": "gzip: unpack it with gunzip",
    b"BZh": "bzip2: unpack it with bunzip2",
    b"\xfd7zXZ\0": "xz: unpack it with unxz",
    b"\x28\xb5\x2f\xfd": "zstd: unpack it with unzstd",
    b"7z\xbc\xaf\x27\x1c": "7-Zip: unpack it with 7z",
    b"Rar!": "RAR: unpack it with unrar",
}


def open_sources(paths: Sequence[Path], limits: Limits | None = None) -> Archive:
    """What several paths name: one zip, tar or folder, or video files. Raises UsageError for several of the former."""
    if len(paths) == 1:
        return open_source(paths[0], limits)
    for path in paths:
        if not is_video(path):
            raise UsageError(
                f"{path}: video files ({', '.join(VIDEO_SUFFIXES)}) that are named together make one shard, "
                "a zip, tar or folder each its own: name the one or the other"
            )
    return Selection(paths, limits or Limits())


def open_source(path: Path, limits: Limits | None = None, out: Place | None = None) -> Archive:
    """A zip, a tar, a folder (without what lies in `out`, the run's own) or a video file. Raises UsageError where
    nothing is there, SourceError for anything else, with what to do about it.
    """
    limits = limits or Limits()
    if path.is_dir():
        return Folder(path, limits, out)
    if is_video(path):
        return Selection([path], limits)
    start = _start(path)
    if packed := compression(start):
        raise SourceError(
            f"{path}: compressed with {packed} first: clips are read in any order, that needs a plain file"
        )
    if not start:
        raise SourceError(f"{path}: the file is empty: fetch it again")
    if start[:4] in (b"PK\3\4", b"PK\5\6") or path.suffix.lower() == ".zip":
        return ZipArchive(path, limits)
    if start[257:262] == b"ustar" or path.suffix.lower() == ".tar":
        return TarArchive(path, limits)
    raise SourceError(
        f"{path}: neither a zip, nor a tar, nor a folder of clips, nor a video ({', '.join(VIDEO_SUFFIXES)})"
    )


def compression(start: bytes) -> str:
    """What a file that begins so is compressed with, and how it is unpacked; empty for none that is known."""
    return next((what for magic, what in _COMPRESSED.items() if start.startswith(magic)), "")


def _start(path: Path) -> bytes:
    file = SourceFile(path)
    try:
        return file.span(0, min(512, file.size))
    finally:
        file.close()
