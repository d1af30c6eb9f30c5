"""Whether a media file is all there, by the lengths that its own container declares."""

from __future__ import annotations

import os
from typing import BinaryIO

from faceshards.errors import ClipError

_ISO_FIRST = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"}
# Boxes whose cut loses something; free space and what stands behind the media under other names may end as it likes.
_ISO_MEDIA = {b"moov", b"moof", b"mdat", b"mfra", b"sidx", b"styp"}
_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_RIFF_UNKNOWN = {0, 0xFFFFFFFF}  # what a writer leaves that could not seek back


def check_whole(file: BinaryIO) -> None:
    """Raise ClipError `empty-file` or `truncated-media` where a file ends before its container says.

    mp4 and mov, Matroska and WebM, AVI and WAV declare their lengths. Program streams, FLAC and MP3 do not: of those
    only a last packet that is cut in two tells. The file is left at its start.
    """
    total = file.seek(0, os.SEEK_END)
    if total == 0:
        raise ClipError("empty-file", "the clip has 0 bytes; it must hold a video or sound file")
    file.seek(0)
    head = file.read(12)
    if head[4:8] in _ISO_FIRST:
        _check_iso(file, total)
    elif head[:4] == _EBML:
        _check_end(_matroska_end(file), total)
    elif head[:4] == b"RIFF" and head[8:] in (b"AVI ", b"WAVE"):
        size = int.from_bytes(head[4:8], "little")
        _check_end(None if size in _RIFF_UNKNOWN else 8 + size, total)
    file.seek(0)


def _check_end(end: int | None, total: int) -> None:
    if end is not None and end > total:
        raise ClipError("truncated-media", f"the file has {total} bytes of the {end} that its container declares")


def _check_iso(file: BinaryIO, total: int) -> None:
    # ISO/IEC 14496-12, 4.2: 32-bit size, type; size 1: a 64-bit size follows; size 0: up to the end of the file.
    position, kinds = 0, list[bytes]()
    while position < total:
        file.seek(position)
        head = file.read(16)
        if len(head) >= 4 and not any(head[:8]):
            break  # padding: a writer of boxes begins none with zeros alone
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        _check_end(position + (16 if size == 1 else 8), total)
        size = int.from_bytes(head[8:16], "big") if size == 1 else size or total - position
        if kind in _ISO_MEDIA:
            _check_end(position + size, total)
        kinds.append(kind)
        if size < 8:
            break
        position += size
    _check_iso_parts(kinds, total)


def _check_iso_parts(kinds: list[bytes], total: int) -> None:
    # A cut between two boxes leaves whole boxes: an index without its media, a fragment's index without its own.
    media = [kind for kind in kinds if kind in (b"moof", b"mdat")]
    if b"moov" not in kinds:
        raise ClipError("truncated-media", f"the file of {total} bytes ends before its index (the moov box)")
    if b"mdat" not in media or media[-1] == b"moof":
        raise ClipError("truncated-media", f"the file of {total} bytes ends before its media (an mdat box)")


def _matroska_end(file: BinaryIO) -> int | None:
    # RFC 8794, 4 and 6.2: the EBML header's size, the Segment's identifier, its size; all value bits set: unknown.
    file.seek(4)
    header = _vint(file)
    if header is None:
        return None
    file.seek(header, os.SEEK_CUR)
    if file.read(4) != _SEGMENT:
        return None
    segment = _vint(file)
    return None if segment is None else file.tell() + segment


def _vint(file: BinaryIO) -> int | None:
    first = file.read(1)
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    value = int.from_bytes(first + file.read(length - 1), "big") & ((1 << 7 * length) - 1)
    return None if value == (1 << 7 * length) - 1 else value
