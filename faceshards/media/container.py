"""Open media from untrusted bytes: the one door for every reader, and the place where FFmpeg's errors end."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from faceshards.errors import ClipError
from faceshards.media.picture import MAX_PIXELS, check_pixels
from faceshards.media.whole import check_whole

# Bytes of a ranged file that are read at a time.
_BUFFER = 1 << 18


class RangedFile:
    """`size` bytes that `read_range(start, stop)` reads, which may be called in any thread; `close` ends that."""

    def __init__(
        self, read_range: Callable[[int, int], bytes], size: int, close: Callable[[], None] = lambda: None
    ) -> None:
        self.read_range, self.size, self.close = read_range, size, close

    def stream(self) -> io.BufferedReader:
        """A file over them, for one thread, whose position is its own."""
        return io.BufferedReader(_Raw(self.read_range, self.size), _BUFFER)


class _Raw(io.RawIOBase):
    """A position in them."""

    def __init__(self, read_range: Callable[[int, int], bytes], size: int) -> None:
        self._read, self._size, self._at = read_range, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._at = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence] + offset
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        body = self._read(self._at, max(self._at, min(self._size, self._at + len(buffer))))
        buffer[: len(body)] = body
        self._at += len(body)
        return len(body)


#: Bytes of a clip, or the file that holds them.
Body = bytes | bytearray | memoryview | Path | RangedFile

# Only containers that have a column of their own. Playlists and scripts (HLS, concat, SDP) name other files and
# addresses: they stay shut, whatever a file's suffix says.
_FORMATS = "mov,matroska,avi,mpeg,wav,flac,mp3"
# Tags that are not UTF-8 do not spoil a clip: PyAV must be told so up to 18, and needs no telling from 19 on.
_TAGS: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}


@contextmanager
def opened(body: Body, max_pixels: int = MAX_PIXELS) -> Iterator[InputContainer]:
    """A container open for reading, closed at the end of the block, come what may.

    Opening decodes a few pictures to learn what the codec is: pictures of more than `max_pixels` are left alone.
    Raises ClipError: `empty-file`, `unreadable-entry` (no such file), `truncated-media` (see `check_whole`), and, for
    any error of FFmpeg's inside the block, `broken-media`.
    """
    with reading(body) as file:
        check_whole(file)
        try:
            formats, limit = {"format_whitelist": _FORMATS}, _decoder_limit(max_pixels)
            with av.open(file, "r", options=limit, container_options=formats, **_TAGS) as container:
                yield container
        except av.FFmpegError as error:
            raise ClipError("broken-media", f"the clip does not decode: {error.strerror}") from error


@contextmanager
def reading(body: Body) -> Iterator[BinaryIO]:
    """The body as a binary file. FFmpeg is given this, never a name: a name may be taken for a protocol."""
    if isinstance(body, RangedFile):
        with body.stream() as stream:
            yield stream
        return
    if not isinstance(body, Path):
        yield io.BytesIO(body)
        return
    try:
        file = body.open("rb")
    except OSError as error:
        raise ClipError("unreadable-entry", f"{body.name} cannot be read: {error.strerror}") from error
    with file:
        yield file


def moving_stream(container: InputContainer) -> VideoStream | None:
    """The container's first video stream that is no cover picture."""
    streams = [s for s in container.streams.video if not s.disposition & s.disposition.attached_pic]
    return streams[0] if streams else None


def video_stream(container: InputContainer, max_pixels: int = MAX_PIXELS) -> VideoStream:
    """The container's moving pictures, set to decode in the calling thread.

    Raises ClipError: `no-video`; `too-large` for more than `max_pixels` a frame; `broken-media` where the size or the
    decoder is unknown.
    """
    stream = moving_stream(container)
    if stream is None:
        raise ClipError("no-video", f"the {container.format.name} file has no video stream")
    context = stream.codec_context
    if context is None or not (context.width and context.height):
        raise ClipError("broken-media", "the video stream has no known codec or size; it cannot be decoded")
    check_pixels(context.width, context.height, max_pixels)
    # Parallelism is workers: more decode threads in each only fight for the cores, and are known to deadlock.
    context.thread_type = "NONE"
    context.thread_count = 1
    # The size may change on the way: the decoder keeps to the limit, too.
    context.options = _decoder_limit(max_pixels)
    return stream


def is_shown(packet: Packet, codec: str) -> bool:
    """Whether a packet of a video stream promises a picture that is shown.

    No: the empty packet at the end, packets that an edit list cuts away, VP8's hidden reference frames.
    Raises ClipError `truncated-media` where the packet is cut short.
    """
    if packet.is_corrupt:
        raise ClipError("truncated-media", f"the packet at byte {packet.pos} is cut short: part of the file is missing")
    if not packet.size or packet.is_discard:
        return False
    # RFC 6386, 9.1: bit 4 of a VP8 frame's first byte is show_frame.
    return codec != "vp8" or bool(memoryview(packet)[0] & 0x10)


def _decoder_limit(max_pixels: int) -> dict[str, str]:
    # A decoder counts sides rounded up to its blocks: what is within the limit must stay so.
    return {"max_pixels": str(2 * max_pixels)}
