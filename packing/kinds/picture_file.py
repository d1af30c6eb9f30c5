"""A file of one picture as a member: kept byte for byte, or drawn anew at another size."""

from __future__ import annotations

from typing import Any

from faceshards.errors import ClipError
from faceshards.media.picture import encode_jpg, encode_png, is_upright, read_picture, scaled
from faceshards.packing.sources.archive import shown

#: Suffix of a picture -> the column that keeps it; those before others are what Speech-to-face's scripts read.
PICTURE_COLUMNS = {"jpg": "jpg", "jpeg": "jpg", "png": "png"}
#: The quality of JPEG pictures that are drawn anew; their colour has full resolution.
QUALITY = 95

_FIRST_BYTES = {"jpg": b"\xff\xd8", "png": b"\x89PNG"}


def picture_member(
    name: str, body: bytes, column: str, max_pixels: int, side: int | None = None
) -> tuple[bytes, dict[str, Any]]:
    """The member of a picture and the scalars `width`, `height`, `frames`, `bytes` of the json. The picture is decoded
    once, to see that it does.

    With a `side` it is turned upright by its EXIF and drawn to a square of so many pixels whatever its shape, bilinear
    with the filter widened where it shrinks (torchvision's Resize, which Speech-to-face applies). A JPEG file becomes
    one of `QUALITY`, a PNG file stays lossless; one that has that size and stands upright stays as it is. Raises
    ClipError, with the picture's name.
    """
    try:
        if side is None and body and not is_of(column, body):
            raise ClipError("broken-image", f"its bytes are none of a {column} file: save it as one")
        picture = read_picture(body, max_pixels=max_pixels)
    except ClipError as error:
        raise ClipError(error.code, f"{shown(name)}: {error}") from error
    if side is not None and not (picture.shape[:2] == (side, side) and is_of(column, body) and is_upright(body)):
        picture = scaled(picture, (side, side))
        body = encode_jpg(picture, QUALITY) if column == "jpg" else encode_png(picture)
    height, width = picture.shape[:2]
    return body, {"width": width, "height": height, "frames": 1, "bytes": len(body)}


def is_of(column: str, body: bytes) -> bool:
    """Whether a file begins as those of a column do."""
    return body.startswith(_FIRST_BYTES[column])
