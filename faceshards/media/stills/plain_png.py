"""The plain kind of PNG, which frames of video data sets are, read by FFmpeg: its sums over rows are vectorized."""

from __future__ import annotations

import struct

import av
import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_IHDR = struct.Struct(">2I5B")
#: 8 bits, RGB, zlib, the standard's filters, no interlacing: PNG, third edition, 11.2.1.
_PLAIN = (8, 2, 0, 0, 0)
# Chunks that change no pixel, nor say how the picture is turned.
_HARMLESS = frozenset({b"IDAT", b"pHYs", b"gAMA", b"cHRM", b"sRGB"})
# Wrong checksums and a picture that lacks rows are errors.
_STRICT = {"err_detect": "crccheck+explode", "discard_damaged_percentage": "0"}


def plain_size(body: bytes | memoryview) -> tuple[int, int] | None:
    """Width and height of a PNG of 8-bit RGB that has nothing but pixels and is not cut; None of all else."""
    if bytes(body[:8]) != _SIGNATURE or len(body) < 33 or bytes(body[8:16]) != b"\0\0\0\rIHDR":
        return None
    width, height, *kind = _IHDR.unpack(body[16:29])
    return (width, height) if tuple(kind) == _PLAIN and _only_pixels(body) else None


def read_plain_png(body: bytes | memoryview) -> np.ndarray | None:
    """The pixels of such a PNG, uint8 (H, W, 3) RGB, those that Pillow reads; None where FFmpeg is not content with it,
    or where a row is black: so it leaves a row whose filter the standard does not know.
    """
    packet = av.Packet(bytes(body))
    decoder = av.CodecContext.create("png", "r")  # a fresh one each time: a used one may add the last picture
    decoder.thread_count, decoder.options = 1, _STRICT
    try:
        frames = decoder.decode(packet)
    except av.FFmpegError:
        return None
    picture = frames[0].to_ndarray() if len(frames) == 1 and frames[0].format.name == "rgb24" else None
    return picture if picture is not None and picture.reshape(len(picture), -1).max(1).all() else None


def _only_pixels(body: bytes | memoryview) -> bool:
    at = 33
    while at + 12 <= len(body):
        kind = bytes(body[at + 4 : at + 8])
        if kind == b"IEND":
            return True
        if kind not in _HARMLESS:
            return False
        at += 12 + int.from_bytes(body[at : at + 4], "big")
    return False
