"""Read a pickle of numpy arrays and plain containers without running anything that it says.

Python's own unpickler imports and calls whatever the bytes name. This one interprets the opcodes itself
(`pickletools.genops` of the standard library splits them), knows the few globals of `pickled_arrays`, and
refuses all else. joblib's files are pickles with raw array bytes between the opcodes; they are read too,
without joblib.
"""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np

from faceshards.errors import UnsafeData
from faceshards.shards.pickles.machine import Machine
from faceshards.shards.pickles.pickled_arrays import ATOMS, PickleStream

_CONTAINERS = (list, tuple, dict, set, frozenset)


def load_arrays(
    source: BinaryIO | bytes | bytearray | memoryview,
    *,
    max_bytes: int = 1 << 30,
    max_values: int = 5_000_000,
    max_depth: int = 32,
) -> Any:
    """The value of a pickle (protocols 0 to 5, or an uncompressed joblib file), read to the stream's end.

    Admitted: numpy arrays and scalars of bool, int, float, complex and text dtypes; dict, list, tuple, set,
    frozenset, str, bytes, bytearray, int, float, bool, None; keys are text, bytes or numbers of 64 bits. Arrays own
    their memory and keep their dtype, byte order included; an array of objects along one axis comes back as a
    list. Raises UnsafeData when anything else is named or called, the bytes are malformed or cut, an array is
    larger than the bytes that are there, or a limit is exceeded (`max_values` counts opcodes, and then the
    values of the result, shared ones each time).
    """
    body = bytes(source) if isinstance(source, bytes | bytearray | memoryview) else source.read(max_bytes + 1)
    if len(body) > max_bytes:
        raise UnsafeData(
            f"pickle of {len(body)} bytes or more: must be at most {max_bytes}; raise max_bytes to read it"
        )
    machine = Machine(PickleStream(body), max_values)
    try:
        value = machine.run()
        _admit(value, max_values, max_depth)
    except (IndexError, KeyError, ValueError, OverflowError) as error:
        raise UnsafeData(
            f"pickle, byte {machine.position}: malformed ({type(error).__name__}: {error!s:.120})"
        ) from error
    except UnsafeData as error:
        raise UnsafeData(
            f"pickle, byte {machine.position}: {error}; only numpy arrays and plain containers are read, "
            "so save the data again as .npy where you trust it"
        ) from error
    return value


def _admit(value: Any, max_values: int, max_depth: int) -> None:
    """Walk the result as a reader would: no stand-in is left, sharing or cycles do not make it endless."""
    waiting = [(value, 1)]
    seen = 0
    while waiting:
        item, depth = waiting.pop()
        seen += 1
        if seen + len(waiting) > max_values or depth > max_depth:
            raise UnsafeData(f"it holds more than {max_values} values or is deeper than {max_depth}")
        if type(item) in _CONTAINERS:
            parts = [*item, *item.values()] if type(item) is dict else item
            waiting.extend((part, depth + 1) for part in parts)
        elif type(item) not in (*ATOMS, bytearray, np.ndarray) and not isinstance(item, np.generic):
            raise UnsafeData(f"it holds a {type(item).__name__}")
