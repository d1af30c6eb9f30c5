"""A training copy of a clip: smaller pictures, cheap to decode, at the same times, with the same sound."""

from __future__ import annotations

from faceshards.media.container import RangedFile
from faceshards.media.cutting.cut import cut
from faceshards.media.cutting.excerpt import Excerpt
from faceshards.media.cutting.reel import Reel
from faceshards.media.encode import CRF
from faceshards.media.geometry import upright
from faceshards.media.picture import MAX_PIXELS


def rendition(body: bytes, side: int, *, crf: int = CRF, gop: int | None = None, max_pixels: int = MAX_PIXELS) -> bytes:
    """An mp4 of all pictures of a clip, upright, the shorter side of which has `side` pixels (even ones: H.264's), or
    the clip's own where it has fewer: nothing is enlarged. Scaled as `media.video.scaler` does, encoded as
    `media.encode.Encoder` does, shown at the clip's own times; the sound's packets are the clip's own.

    Raises ClipError as `frames` does.
    """
    reel = Reel(RangedFile(lambda start, stop: body[start:stop], len(body)), max_pixels)
    try:
        own = upright(reel.media["width"], reel.media["height"], reel.media.get("rotation", 0))
        return cut(reel, Excerpt(0, len(reel.line)), crf, gop, shorter(own, side))
    finally:
        reel.close()


def shorter(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Width and height with the shorter one at most `side`, of the same shape to within a pixel or two; both even."""
    scale = min(1.0, side / min(size))
    width, height = (max(2, 2 * round(length * scale / 2)) if scale < 1 else length & ~1 for length in size)
    return width, height
