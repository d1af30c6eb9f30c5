"""Arrays that come ready made in npy files: held against what they must be, before they are kept byte for byte."""

from __future__ import annotations

import numpy as np

from faceshards.errors import ClipError, UnsafeData
from faceshards.packing.sources.archive import shown
from faceshards.shards.schema.codecs import decode_npy


def checked_array(name: str, body: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """The float32 array of this shape, all numbers finite, in the npy file `name`.

    Raises ClipError, by the file's name: `empty-file`, `unsafe-data` (pickled objects), `bad-column`.
    """
    if not body:
        raise ClipError("empty-file", f"{shown(name)} has no bytes: make it again")
    try:
        array = decode_npy(body)
    except UnsafeData as error:
        raise ClipError("unsafe-data", f"{shown(name)}: {error}") from error
    except (ValueError, TypeError, SyntaxError) as error:
        raise ClipError("bad-column", f"{shown(name)} is no npy file that can be read: {error}") from error
    if array.dtype != np.float32 or array.shape != shape:
        got = f"{array.dtype} {array.shape}"
        raise ClipError("bad-column", f"{shown(name)} must hold float32 {shape}, got {got}: make it again")
    if not np.isfinite(array).all():
        bad = int(np.count_nonzero(~np.isfinite(array)))
        raise ClipError("bad-column", f"{shown(name)} has {bad} numbers of {array.size} that are NaN or infinite")
    return array


def checked_embedding(name: str, body: bytes) -> np.ndarray:
    """A face's embedding as Speech-to-face saves it: float32 (4096,), the second last layer of VGG-Face behind its
    ReLU, so nowhere below 0; not of length 1. Raises ClipError.
    """
    array = checked_array(name, body, (4096,))
    if array.min() < 0:
        raise ClipError(
            "bad-column", f"{shown(name)} falls to {array.min():g}: behind the ReLU of VGG-Face no number is below 0"
        )
    return array


def checked_landmarks(name: str, body: bytes) -> np.ndarray:
    """The 72 points of a face as Speech-to-face saves them: float32 (144,), x and y in turns, in pixels of the picture
    at 224 x 224, which they may leave. Raises ClipError.
    """
    return checked_array(name, body, (144,))
