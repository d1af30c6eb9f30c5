"""Values to member bytes and back, one codec a suffix; nothing here runs code from data.

npy is read by a small parser of the header's three fields, never by `eval` or pickle; media stay bytes.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgpack
import numpy as np
from PIL import Image

from faceshards.errors import ColumnError, UnsafeData
from faceshards.shards.schema.columns import codec_of

#: Most pixels that a picture member may unpack to.
MAX_PIXELS = 64_000_000

_NPY = b"\x93NUMPY"
# How msgpack spells a time, the one extension that it decodes by itself (specification, "Timestamp extension type").
_TIME = re.compile(rb"(\xd6|\xd7|\xc7\x0c|\xc8\0\x0c|\xc9\0\0\0\x0c)\xff")
_HEADER = re.compile(
    r"\s*\{\s*'descr':\s*'(?P<descr>[<>|=]?[biufcUS]\d{1,6})',\s*'fortran_order':\s*(?P<fortran>False|True),"
    # One way to match, so that time stays linear; no leading zeros, which numpy refuses.
    r"\s*'shape':\s*\((?P<shape>(?:(?:0|[1-9]\d{0,17}),\s*)*(?:0|[1-9]\d{0,17})?)\),?\s*\}\s*"
)


def encode(column: str, value: Any) -> bytes:
    """The member bytes of a value; bytes pass through, None is `b""`, for which a writer puts what stands for no value.

    Raises ColumnError for a value that the column's codec cannot write (object arrays above all).
    """
    if value is None:
        return b""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    codec = codec_of(column)
    if codec not in _ENCODERS:
        raise ColumnError(f"column {column!r} takes bytes, got {type(value).__name__}: encode the value first")
    try:
        return _ENCODERS[codec](value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ColumnError(f"column {column!r} cannot hold this {type(value).__name__}: {error}") from error


def decode(column: str, body: bytes | bytearray | memoryview) -> Any:
    """The value of a member; an empty member (a stage failed there) is None; media and unknown suffixes stay bytes.

    npy arrays are read-only views of `body`. Raises ColumnError when the bytes are not what the suffix says,
    UnsafeData for a value that exceeds a limit or would need pickle.
    """
    if not len(body):
        return None
    decoder = _DECODERS.get(codec_of(column))
    if decoder is None:
        return bytes(body)
    try:
        return decoder(body)
    except UnsafeData as error:
        raise UnsafeData(f"column {column!r}: {error}") from error
    except (ValueError, TypeError, OSError, SyntaxError, RecursionError, msgpack.UnpackException) as error:
        raise ColumnError(f"column {column!r} does not decode as {codec_of(column)}: {error}") from error


def encode_json(value: Any) -> bytes:
    """Canonical JSON: keys sorted, no spaces, UTF-8, no NaN. Equal values have equal bytes."""
    return _JSON.encode(value).encode("utf-8", "surrogatepass")


def decode_json(body: bytes | bytearray | memoryview) -> Any:
    """The value of a JSON member. Raises ValueError (RecursionError for absurd nesting)."""
    return _decode_text(str(body, "utf-8", "surrogatepass"))


_decode_text = json.JSONDecoder().decode


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"JSON has no {type(value).__name__}")


_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain)


def encode_npy(array: np.ndarray) -> bytes:
    """The npy file (version 1.0, C order) of an array. Raises ValueError for object and structured dtypes."""
    array = np.asarray(array)
    return npy_header(array.dtype, array.shape) + array.tobytes("C")


@lru_cache(maxsize=1024)
def npy_header(dtype: np.dtype, shape: tuple[int, ...]) -> bytes:
    """What stands before the values in an npy file. Raises ValueError for object and structured dtypes."""
    if dtype.kind not in "biufcUS":
        raise ValueError(f"dtype {dtype} would need pickle: use numbers, booleans or fixed strings")
    text = f"{{'descr': '{dtype.str}', 'fortran_order': False, 'shape': {shape!r}, }}"
    padding = -(len(_NPY) + 4 + len(text) + 1) % 64
    text += " " * padding + "\n"
    return _NPY + b"\x01\x00" + len(text).to_bytes(2, "little") + text.encode("latin-1")


def decode_npy(body: bytes | bytearray | memoryview) -> np.ndarray:
    """The array of an npy file, a read-only view of `body`; the header's size claim is held against the bytes."""
    view = memoryview(body).toreadonly()
    layout = npy_layout(view, len(view))
    count = math.prod(layout.shape)
    flat = np.frombuffer(view, layout.dtype, count, layout.start)
    return flat.reshape(layout.shape, order="F" if layout.fortran else "C")


@dataclass(frozen=True)
class NpyLayout:
    """Where the values of an npy file stand: from byte `start` on, `shape` of `dtype`, in C order unless `fortran`."""

    start: int
    dtype: np.dtype
    shape: tuple[int, ...]
    fortran: bool


def npy_layout(head: bytes | memoryview, size: int) -> NpyLayout:
    """The layout of an npy file of `size` bytes, of which `head` are the first ones. Raises ValueError where it is none
    or the values are not as many bytes as the shape says, UnsafeData for a header that is too long for the file or
    would need pickle.
    """
    if bytes(head[:6]) != _NPY or len(head) < 10:
        raise ValueError("no npy magic")
    if head[6] not in (1, 2, 3) or head[7]:
        raise ValueError(f"npy version {head[6]}.{head[7]} is not 1.0, 2.0 or 3.0")
    wide = head[6] >= 2
    length = int.from_bytes(head[8 : 12 if wide else 10], "little")
    start = (12 if wide else 10) + length
    if length > 65_536 or start > len(head):
        raise UnsafeData(f"an npy header of {length} bytes in a member of {size}")
    dtype, shape, fortran = _parse_npy_header(bytes(head[start - length : start]))
    needed = math.prod(shape) * dtype.itemsize
    if needed != size - start:
        raise ValueError(f"{size - start} bytes of data, shape {shape} of {dtype} needs {needed}")
    return NpyLayout(start, dtype, shape, fortran)


@lru_cache(maxsize=1024)
def _parse_npy_header(header: bytes) -> tuple[np.dtype, tuple[int, ...], bool]:
    match = _HEADER.fullmatch(header.decode("latin-1"))
    if match is None:
        raise UnsafeData("an npy header other than a plain number or string dtype (objects would need pickle)")
    shape = tuple(int(part) for part in match["shape"].replace(" ", "").split(",") if part)
    return np.dtype(match["descr"]), shape, match["fortran"] == "True"


def _encode_msg(value: Any) -> bytes:
    return msgpack.packb(value, default=_plain_or_list)


def _plain_or_list(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else _plain(value)


def _decode_msg(body: bytes | memoryview) -> Any:
    # Skipping finds what is cut or too deep without making anything; unpacking would first make room for every list's
    # claimed length, and lists nest.
    walk = msgpack.Unpacker(max_buffer_size=len(body), strict_map_key=False)
    walk.feed(body)
    walk.skip()
    value = msgpack.unpackb(body, strict_map_key=False, ext_hook=_no_extension)
    if _TIME.search(body) and _holds_time(value):  # a number may have the bytes of a time too
        _no_extension(-1, b"")
    return value


def _holds_time(value: Any) -> bool:
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, msgpack.Timestamp):
            return True
        if isinstance(one, (dict, list)):
            left += [*one, *one.values()] if isinstance(one, dict) else one
    return False


def _no_extension(code: int, _: bytes) -> Any:
    raise UnsafeData(f"a msgpack extension of type {code}: only plain values are read")


def _encode_picture(kind: str) -> Callable[[np.ndarray], bytes]:
    def encode_picture(array: np.ndarray) -> bytes:
        if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
            raise ValueError(f"a picture must be uint8 (H, W, 3), got {array.dtype} {array.shape}")
        out = io.BytesIO()
        Image.fromarray(array).save(out, kind, **({"quality": 95} if kind == "JPEG" else {}))
        return out.getvalue()

    return encode_picture


def _decode_picture(kind: str) -> Callable[[bytes | memoryview], np.ndarray]:
    def decode_picture(body: bytes | memoryview) -> np.ndarray:
        try:
            picture = Image.open(io.BytesIO(bytes(body)), formats=[kind])
        except Image.DecompressionBombError as error:
            raise UnsafeData(str(error)) from error
        with picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise UnsafeData(f"a picture of {picture.width} x {picture.height}: the limit is {MAX_PIXELS} pixels")
            return np.asarray(picture.convert("RGB"))

    return decode_picture


_ENCODERS: dict[str, Callable[[Any], bytes]] = {
    "json": encode_json,
    "npy": encode_npy,
    "msg": _encode_msg,
    "txt": lambda value: str(value).encode("utf-8"),
    "jpg": _encode_picture("JPEG"),
    "png": _encode_picture("PNG"),
}
_DECODERS: dict[str, Callable[[Any], Any]] = {
    "json": decode_json,
    "npy": decode_npy,
    "msg": _decode_msg,
    "txt": lambda body: bytes(body).decode("utf-8"),
    "jpg": _decode_picture("JPEG"),
    "png": _decode_picture("PNG"),
}
