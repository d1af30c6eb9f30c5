"""ONNX files written by hand, so that what a network must answer is known. Not a test module.

A message of onnx.proto is the concatenation of its fields: a number and a kind, then the value (protobuf's encoding).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

_FLOAT, _INT64 = 1, 7
#: The number of a type of values (`TensorProto.DataType`).
UINT8 = 2


def write(
    path: Path,
    nodes: Sequence[bytes],
    inputs: Mapping[str, Sequence[int | str]],
    outputs: Mapping[str, Sequence[int | str]],
    constants: Mapping[str, np.ndarray],
    kind: int = _FLOAT,
) -> Path:
    """A model file: axes of inputs and outputs are numbers, or names where they are free; inputs hold values of a
    `kind`.
    """
    graph = [
        *(_bytes(1, one) for one in nodes),
        _bytes(2, b"graph"),
        *(_bytes(5, _tensor(name, value)) for name, value in constants.items()),
        *(_bytes(11, _value(name, axes, kind)) for name, axes in inputs.items()),
        *(_bytes(12, _value(name, axes, _FLOAT)) for name, axes in outputs.items()),
    ]
    opset = _bytes(8, _number(2, 13))
    path.write_bytes(_number(1, 8) + _bytes(7, b"".join(graph)) + opset)
    return path


def node(kind: str, inputs: str, output: str, **attributes: int | Sequence[int] | np.ndarray) -> bytes:
    """A node: the names of its inputs, separated by spaces, of its output, and its whole numbers, lists, arrays."""
    parts = [_bytes(1, name.encode()) for name in inputs.split()]
    parts += [_bytes(2, output.encode()), _bytes(4, kind.encode())]
    return b"".join([*parts, *(_bytes(5, _attribute(name, one)) for name, one in attributes.items())])


def _attribute(name: str, value: int | Sequence[int] | np.ndarray) -> bytes:
    if isinstance(value, np.ndarray):
        return _bytes(1, name.encode()) + _bytes(5, _tensor("", value)) + _number(20, 4)
    if isinstance(value, int):
        return _bytes(1, name.encode()) + _number(3, value) + _number(20, 2)
    return _bytes(1, name.encode()) + b"".join(_number(8, one) for one in value) + _number(20, 7)


def _tensor(name: str, value: np.ndarray) -> bytes:
    kind, dtype = (_INT64, "<i8") if value.dtype.kind == "i" else (_FLOAT, "<f4")
    sides = b"".join(_number(1, side) for side in value.shape)
    return sides + _number(2, kind) + _bytes(8, name.encode()) + _bytes(9, value.astype(dtype).tobytes())


def _value(name: str, axes: Sequence[int | str], kind: int) -> bytes:
    sides = (_bytes(2, one.encode()) if isinstance(one, str) else _number(1, one) for one in axes)
    shape = b"".join(_bytes(1, side) for side in sides)
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, shape)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value % (1 << 64))


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
