"""`metadata.pkl` without running it: a value that the restricted reader admits, as plain msgpack values, and back.

The pickle's own bytes are not kept: what the restricted reader skips (joblib's raw arrays) another one may run. What is
written back is a pickle of the value, in the file's own protocol.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

from faceshards.errors import ClipError, UnsafeData
from faceshards.packing.kinds.emoca.files import METADATA_FILE
from faceshards.shards.pickles.unpickle import load_arrays
from faceshards.shards.schema.codecs import decode_npy, encode_npy

#: A map with this key stands for a value that msgpack has no type for: the type's name, and `of` what it is made.
_TYPE = "py"
_MSGPACK_INT = range(-(2**63), 2**64)
_COLLECTIONS: dict[str, Callable[[Any], Any]] = {"tuple": tuple, "set": set, "frozenset": frozenset}


def read_metadata(body: bytes) -> dict[str, Any]:
    """What the column `metadata.msg` holds: the pickle's `protocol`, and its `value` in msgpack's types.

    What msgpack does not have is a map {"py": type, "of": ...}: tuple, set, frozenset (a list), dict (of pairs, where
    it has such a key itself), array and scalar (an npy file), bytearray, int (hexadecimal digits), str (its bytes).
    Raises ClipError `unsafe-data` for a pickle that holds more than plain values, or is none.
    """
    try:
        value = load_arrays(body)
    except UnsafeData as error:
        raise ClipError("unsafe-data", f"{METADATA_FILE}: {error}") from error
    return {"protocol": body[1] if body[:1] == b"\x80" else 0, "value": _plain(value)}


def write_metadata(kept: Any) -> bytes:
    """The pickle of what `read_metadata` gave, in its protocol. Raises ClipError `bad-column` for anything else."""
    try:
        body = pickle.dumps(_value(kept["value"]), kept["protocol"])
        load_arrays(body)
    except (UnsafeData, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ClipError("bad-column", f"metadata.msg is not what packing makes of {METADATA_FILE}: {error}") from error
    return body


def _plain(value: Any) -> Any:
    kind = type(value)
    if isinstance(value, np.ndarray | np.generic):
        return _typed("array" if isinstance(value, np.ndarray) else "scalar", encode_npy(np.asarray(value)))
    if kind is dict:
        pairs = [(key, _plain(item)) for key, item in value.items()]
        keys_fit = all(_plain(key) is key for key in value) and _TYPE not in value
        return dict(pairs) if keys_fit else _typed("dict", [[_plain(key), item] for key, item in pairs])
    if kind is list:
        return [_plain(item) for item in value]
    if kind.__name__ in _COLLECTIONS:
        return _typed(kind.__name__, [_plain(item) for item in value])
    if kind is bytearray:
        return _typed("bytearray", bytes(value))
    if kind is int and value not in _MSGPACK_INT:
        return _typed("int", hex(value))
    if kind is str and not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        return _typed("str", value.encode("utf-8", "surrogatepass"))
    return value


def _typed(kind: str, of: Any) -> dict[str, Any]:
    return {_TYPE: kind, "of": of}


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_value(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    if _TYPE not in plain:
        return {key: _value(item) for key, item in plain.items()}
    kind, of = plain[_TYPE], plain["of"]
    if kind in _COLLECTIONS:
        return _COLLECTIONS[kind](_value(item) for item in of)
    return _MADE_OF[kind](of)


_MADE_OF: dict[str, Callable[[Any], Any]] = {
    "dict": lambda pairs: {_value(key): _value(item) for key, item in pairs},
    "array": lambda body: decode_npy(body).copy(),
    "scalar": lambda body: decode_npy(body)[()],
    "bytearray": bytearray,
    "int": lambda digits: int(digits, 16),
    "str": lambda body: body.decode("utf-8", "surrogatepass"),
}
