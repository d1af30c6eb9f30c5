"""The few globals that pickles of arrays name, rebuilt from checked values; none is imported or called.

A pickle says "call this function with these arguments, then hand the result this state". For arrays the
functions are numpy's reconstructors, joblib's array wrapper, `_codecs.encode` and `bytes` (how protocols 0 to 2
spell bytes) and the set and bytearray constructors. Each has a small stand-in below that checks its arguments
and does the one thing meant. The layouts are those of numpy's `ndarray.__reduce__` and `dtype.__reduce__`, and
of joblib's `numpy_pickle`.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from faceshards.errors import UnsafeData

_ARRAY = ("numpy", "ndarray")
_DTYPE_WORDS = re.compile(r"b1|[iu][1248]|f[248]|c(8|16)|[SU][1-9]\d{0,6}|O8")  # no records or dates
_MAX_AXES = 32
_MAX_SIZE = 1 << 48  # of one axis; the product of many longer numbers would take for ever
_MAX_KEY = 1 << 63


@dataclass(frozen=True)
class Global:
    """A (module, name) that the pickle mentions: a key of `CALLS` or `BLANKS`, never the object itself."""

    module: str
    name: str

    @property
    def key(self) -> tuple[str, str]:
        """The pair, as the tables have it."""
        return self.module, self.name

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"[:80]


class PickleStream(io.BytesIO):
    """The pickle's bytes, and the account of how many bytes its values may fill."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self._left = 2 * len(body)  # every honest value is copied out of the stream at most twice

    def charge(self, size: int) -> None:
        """Take `size` bytes off the account. UnsafeData when values fill more than the stream can hold."""
        self._left -= size
        if self._left < 0:
            raise UnsafeData("its values fill more bytes than the stream holds")


class Pending:
    """An object between its making and its state (opcode BUILD); `value` is set once it is whole."""

    value: Any = None

    def build(self, state: Any, source: PickleStream) -> Any:
        """Make and return the whole value from its state."""
        raise NotImplementedError


class PendingDtype(Pending):
    """A dtype that still waits for its byte order."""

    def __init__(self, dtype: np.dtype) -> None:
        self.dtype = dtype

    def build(self, state: Any, source: PickleStream) -> np.dtype:
        plain = isinstance(state, tuple) and len(state) >= 5 and state[2:5] == (None, None, None)
        if not plain or state[1] not in ("<", ">", "|", "="):
            raise UnsafeData("a dtype must be a plain number or text type, not a record, an object or a date")
        return self.dtype if state[1] == "|" else self.dtype.newbyteorder(state[1])


class PendingArray(Pending):
    """An array that waits for (version, shape, dtype, Fortran order, bytes).

    An array of objects along one axis (what numpy before 1.24 made of a ragged list) becomes the list of its values,
    which the machine made like all others.
    """

    def build(self, state: Any, source: PickleStream) -> np.ndarray | list:
        if not isinstance(state, tuple) or len(state) != 5:
            raise UnsafeData("an array's state must be (version, shape, dtype, order, bytes)")
        _version, shape, dtype, fortran, raw = state
        if isinstance(dtype, np.dtype) and dtype.hasobject and type(raw) is list and shape == (len(raw),):
            return raw
        return _array(source, _raw(raw), dtype, shape, "F" if fortran else "C")


class PendingWrapper(Pending):
    """joblib's array wrapper: its state describes an array whose aligned bytes follow in the stream."""

    def build(self, state: Any, source: PickleStream) -> np.ndarray:
        if not isinstance(state, dict) or not {"subclass", "shape", "order", "dtype"} <= state.keys():
            raise UnsafeData("a joblib array must say its subclass, shape, order and dtype")
        if not isinstance(state["subclass"], Global) or state["subclass"].key != _ARRAY:
            raise UnsafeData(f"a joblib array's subclass must be numpy.ndarray, got {shown(state['subclass'])}")
        if state.get("numpy_array_alignment_bytes") is not None:  # since joblib 1.2: a length byte, then padding
            source.read(source.read(1)[0])
        return _array(
            source,
            source.read(_nbytes(state["dtype"], state["shape"])),
            state["dtype"],
            state["shape"],
            state["order"],
        )


def _raw(value: Any) -> bytes:
    """Bytes as given; Python 2 spelt them as text, one character a byte."""
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if isinstance(value, str):
        return value.encode("latin-1")
    raise UnsafeData(f"an array's content must be bytes, got {type(value).__name__}")


def _nbytes(dtype: Any, shape: Any) -> int:
    if not isinstance(dtype, np.dtype) or dtype.hasobject:
        raise UnsafeData(f"an array's dtype must be a plain one, got {shown(dtype)}")
    sized = isinstance(shape, tuple) and all(type(size) is int and 0 <= size < _MAX_SIZE for size in shape)
    if not sized or len(shape) > _MAX_AXES:
        raise UnsafeData(f"an array's shape must be a tuple of at most {_MAX_AXES} sizes, got {shown(shape)}")
    return math.prod(shape) * dtype.itemsize


def _array(source: PickleStream, raw: bytes, dtype: Any, shape: Any, order: Any) -> np.ndarray:
    need = _nbytes(dtype, shape)
    if need != len(raw):
        raise UnsafeData(f"an array of shape {shape} and dtype {dtype} needs {need} bytes, {len(raw)} are there")
    if order not in ("C", "F"):
        raise UnsafeData(f"an array's order must be C or F, got {shown(order)}")
    source.charge(need)
    return np.frombuffer(raw, dtype).reshape(shape, order=order).copy(order=order)


def _new_dtype(source: PickleStream, word: Any, *_flags: Any) -> PendingDtype:
    if not isinstance(word, str) or not _DTYPE_WORDS.fullmatch(word):
        raise UnsafeData(f"a dtype must be a plain number or text type, got {shown(word)}")
    return PendingDtype(np.dtype(word))


def _new_array(source: PickleStream, subclass: Any, *_start: Any) -> PendingArray:
    if not isinstance(subclass, Global) or subclass.key != _ARRAY:
        raise UnsafeData(f"an array's class must be numpy.ndarray, got {shown(subclass)}")
    return PendingArray()


def _array_of_buffer(
    source: PickleStream, raw: Any, dtype: Any, shape: Any, order: Any, axes: Any = None
) -> np.ndarray:
    array = _array(source, _raw(raw), dtype, shape, "C" if order == "K" else order)
    if order != "K" or axes is None:
        return array
    if not isinstance(axes, tuple) or any(type(n) is not int for n in axes) or sorted(axes) != [*range(array.ndim)]:
        raise UnsafeData(f"an array's axes must be a permutation, got {shown(axes)}")
    return array.transpose(axes)


def _scalar(source: PickleStream, dtype: Any, raw: Any) -> np.generic:
    return _array(source, _raw(raw), dtype, (1,), "C")[0]


def _encode(source: PickleStream, text: Any, codec: Any) -> bytes:
    if not isinstance(text, str) or codec not in ("latin1", "latin-1"):
        raise UnsafeData(f"_codecs.encode is admitted for latin1 text only, got {shown(codec)}")
    source.charge(len(text))
    return text.encode("latin-1")


def _no_bytes(source: PickleStream) -> bytes:
    return b""


def _set(source: PickleStream, items: Any) -> set:
    source.charge(len(keys(items)))
    return set(items)


def _frozenset(source: PickleStream, items: Any) -> frozenset:
    return frozenset(_set(source, items))


def _bytearray(source: PickleStream, raw: Any = b"", codec: Any = "latin-1") -> bytearray:
    body = _encode(source, raw, codec) if isinstance(raw, str) else _raw(raw)
    source.charge(len(body))
    return bytearray(body)


def keys(items: Any) -> list:
    """The items of a list, each fit to be hashed in constant time and unlike the others' hashes: atoms, no long number.

    Hashes of long numbers and of tuples are no secret: many that are equal would make a dict quadratic.
    """
    if not isinstance(items, list):
        raise UnsafeData(f"a set is made of a list, got {type(items).__name__}")
    for item in items:
        if type(item) not in ATOMS or (type(item) is int and not -_MAX_KEY <= item < _MAX_KEY):
            raise UnsafeData(f"a key must be text, bytes or a number of 64 bits, got {shown(item)}")
    return items


def shown(value: Any) -> str:
    """A value for a message: text, bytes and names as they are, cut. Anything else by its type: how long its text would
    be is the data's word (a tuple of two tuples of two tuples ...).
    """
    if isinstance(value, str | bytes):
        return repr(value[:80])
    return str(value) if isinstance(value, Global | np.dtype) else f"a {type(value).__name__}"


ATOMS = (type(None), bool, int, float, str, bytes)

#: Globals that a pickle may call -> the stand-in, called with the source and the pickle's arguments.
CALLS: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy", "dtype"): _new_dtype,
    ("_codecs", "encode"): _encode,
    **{(python, "bytes"): _no_bytes for python in ("builtins", "__builtin__")},
    **{(python, "set"): _set for python in ("builtins", "__builtin__")},
    **{(python, "frozenset"): _frozenset for python in ("builtins", "__builtin__")},
    **{(python, "bytearray"): _bytearray for python in ("builtins", "__builtin__")},
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _new_array for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _scalar for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _array_of_buffer for core in ("core", "_core")},
}
#: Classes of which a pickle may make a blank instance (opcode NEWOBJ).
BLANKS: dict[tuple[str, str], type[Pending]] = {("joblib.numpy_pickle", "NumpyArrayWrapper"): PendingWrapper}
#: Classes that may be named, as an argument only.
NAMES = frozenset({_ARRAY})
