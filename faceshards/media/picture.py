"""Single pictures: JPEG and PNG bytes to RGB arrays and back."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from faceshards.errors import ClipError
from faceshards.media.stills.plain_png import plain_size, read_plain_png

#: Largest picture that is unpacked or decoded, in pixels: one 8K frame. A larger one is `too-large`; a caller may
#: raise the limit.
MAX_PIXELS = 8192 * 4320

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP")
# What Pillow's readers raise on bytes that only look like a picture.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
)
# EXIF 2.3, tag 0x0112; 1 is upright.
_ORIENTATION = 0x0112
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def read_picture(body: bytes | memoryview, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """A picture's pixels, uint8 (H, W, 3) RGB, upright by its EXIF orientation.

    Transparency is dropped, 16-bit grey keeps its high byte, colour profiles are not applied.
    Raises ClipError: `empty-file`, `broken-image` (no picture, or cut short), `too-large` (more than `max_pixels`,
    seen before a pixel is unpacked; Pillow's own limit of 179 million pixels stays).
    """
    if not len(body):
        raise ClipError("empty-file", "the picture has 0 bytes; it must hold a JPEG or PNG file")
    picture = _read_plain(body, max_pixels)
    if picture is not None:
        return picture
    try:
        with Image.open(io.BytesIO(body), formats=_FORMATS) as image:
            check_pixels(image.width, image.height, max_pixels)
            ImageOps.exif_transpose(image, in_place=True)  # else it copies what stands upright already
            return _rgb(image)
    except _BOMB as error:
        raise ClipError("too-large", f"the picture is too large to unpack: {error}") from error
    except UnidentifiedImageError as error:  # what Pillow says of it names an address in memory
        raise ClipError("broken-image", f"it is no picture of the kinds {', '.join(_FORMATS)}") from error
    except _BROKEN as error:
        raise ClipError("broken-image", f"the picture does not decode: {error}") from error


def _read_plain(body: bytes | memoryview, max_pixels: int) -> np.ndarray | None:
    """A plain PNG's pixels, by the faster reader; None of all else, and of what only Pillow may judge."""
    size = plain_size(body)
    if size is None or size[0] * size[1] > min(max_pixels, Image.MAX_IMAGE_PIXELS or max_pixels):
        return None
    return read_plain_png(body)


def is_upright(body: bytes | memoryview) -> bool:
    """Whether a picture that decodes is shown as its pixels lie, by its EXIF."""
    with Image.open(io.BytesIO(body), formats=_FORMATS) as image:
        return bool(image.getexif().get(_ORIENTATION, 1) == 1)


def scaled(array: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The picture, uint8 (H, W, 3), at `size` (width, height), bilinear with the filter widened where it shrinks."""
    return np.array(Image.fromarray(array).resize(size, Image.Resampling.BILINEAR))


def check_pixels(width: int, height: int, max_pixels: int) -> None:
    """Raise ClipError `too-large` where width x height exceeds `max_pixels`."""
    if width * height > max_pixels:
        raise ClipError(
            "too-large", f"a picture of {width}x{height} exceeds the limit of {max_pixels} pixels (max_pixels)"
        )


def encode_jpg(array: np.ndarray, quality: int = 95) -> bytes:
    """JPEG bytes of uint8 (H, W, 3) RGB, colour at full resolution; the same array gives the same bytes."""
    return _encode(array, "JPEG", quality=quality, subsampling=0)


def encode_png(array: np.ndarray) -> bytes:
    """PNG bytes of uint8 (H, W, 3) RGB, lossless."""
    return _encode(array, "PNG")


def _rgb(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I;16") or image.mode == "I":
        grey = (np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    # A palette's transparency goes by way of RGBA; straight to RGB Pillow warns and guesses.
    if "transparency" in image.info:
        image = image.convert("RGBA")
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def _encode(array: np.ndarray, kind: str, **options: int) -> bytes:
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
        raise ValueError(f"a picture must be uint8 (H, W, 3), got {array.dtype} {array.shape}")
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind, **options)
    return buffer.getvalue()
