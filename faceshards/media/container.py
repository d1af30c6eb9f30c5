"""Open media from untrusted bytes: one door for every reader of this package, and one place where FFmpeg's errors end."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from faceshards.errors import ClipError

#: Bytes of a clip, or the file that holds them.
Body = bytes | bytearray | memoryview | Path

#: Largest picture that is decoded, in pixels: one 8K frame. A larger one is `too-large` unless the caller raises the limit.
MAX_PIXELS = 8192 * 4320

# Only containers that have a column of their own. Playlists and scripts (HLS, concat, SDP) name other files and
# addresses: they stay shut, whatever a file's suffix says.
_FORMATS = "mov,matroska,avi,mpeg,wav,flac,mp3"


@contextmanager
def opened(body: Body) -> Iterator[InputContainer]:
    """A container open for reading, closed at the end of the block, come what may.

    FFmpeg's errors inside the block leave it as ClipError: `empty-file`, `truncated-media` where the container ends
    before its boxes do, else `broken-media`.
    """
    with _file(body) as file:
        if file.seek(0, os.SEEK_END) == 0:
            raise ClipError("empty-file", "the clip has 0 bytes; it must hold a video or sound file")
        file.seek(0)
        try:
            with av.open(
                file, "r", metadata_errors="replace", container_options={"format_whitelist": _FORMATS}
            ) as container:
                yield container
        except av.FFmpegError as error:
            raise _clip_error(file, error) from error


def video_stream(container: InputContainer, max_pixels: int = MAX_PIXELS) -> VideoStream:
    """The container's first video stream that is no cover picture, set to decode in the calling thread.

    Raises ClipError: `no-video`; `too-large` for more than `max_pixels` a frame; `broken-media` where the size or the
    decoder is unknown.
    """
    streams = [s for s in container.streams.video if not s.disposition & s.disposition.attached_pic]
    if not streams:
        raise ClipError("no-video", f"the {container.format.name} file has no video stream")
    stream = streams[0]
    context = stream.codec_context
    if context is None or not (context.width and context.height):
        raise ClipError("broken-media", "the video stream has no known codec or size; it cannot be decoded")
    check_pixels(context.width, context.height, max_pixels)
    # Parallelism is workers: more decode threads in each only fight for the cores, and are known to deadlock.
    context.thread_type = "NONE"
    context.thread_count = 1
    return stream


def check_pixels(width: int, height: int, max_pixels: int) -> None:
    """Raise ClipError `too-large` where width x height exceeds `max_pixels`."""
    if width * height > max_pixels:
        raise ClipError(
            "too-large",
            f"a picture of {width}x{height} has {width * height} pixels; at most {max_pixels} are decoded (max_pixels)",
        )


def ends_early(file: BinaryIO) -> bool:
    """Whether an ISO base media file (mp4, mov) stops before its boxes do, or before its `moov`. Others: False.

    Source: ISO/IEC 14496-12, 4.2: 32-bit size, type; size 1: a 64-bit size follows; size 0: up to the end.
    """
    total = file.seek(0, os.SEEK_END)
    position, kinds = 0, set()
    while position + 8 <= total:
        file.seek(position)
        head = file.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if not kinds and kind not in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"):
            return False
        kinds.add(kind)
        size = int.from_bytes(head[8:16], "big") if size == 1 else size or total - position
        if size < 8 or position + size > total:
            return True
        position += size
    return bool(kinds) and (position < total or b"moov" not in kinds)


@contextmanager
def _file(body: Body) -> Iterator[BinaryIO]:
    # FFmpeg gets a file object, never a name: a name could be read as a protocol or as an option.
    if not isinstance(body, Path):
        yield io.BytesIO(body)
        return
    try:
        file = body.open("rb")
    except OSError as error:
        raise ClipError("unreadable-entry", f"{body.name}: {error.strerror}") from error
    with file:
        yield file


def _clip_error(file: BinaryIO, error: av.FFmpegError) -> ClipError:
    if ends_early(file):
        return ClipError("truncated-media", "the file ends before its boxes do: part of it is missing")
    return ClipError("broken-media", f"the clip does not decode: {error.strerror or error}")
