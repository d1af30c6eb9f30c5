"""Read a pickle of numpy arrays and plain containers without running anything that it says.

Python's own unpickler imports and calls whatever the bytes name. This one interprets the opcodes itself
(`pickletools.genops` of the standard library splits them), knows the few globals of `pickled_arrays`, and
refuses all else. joblib's files are pickles with raw array bytes between the opcodes; they are read too,
without joblib.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

from faceshards.errors import UnsafeData
from faceshards.shards.pickles.pickled_arrays import (
    ATOMS,
    BLANKS,
    CALLS,
    NAMES,
    Global,
    Pending,
    PickleStream,
    keys,
    shown,
)

_MAX_MEMO = 1 << 32
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
    machine = _Machine(PickleStream(body), max_values)
    try:
        value = machine.run()
        _admit(value, max_values, max_depth)
    except (IndexError, KeyError, ValueError, OverflowError) as error:
        raise UnsafeData(f"pickle, byte {machine.place}: malformed ({type(error).__name__}: {error!s:.120})") from error
    except UnsafeData as error:
        raise UnsafeData(
            f"pickle, byte {machine.place}: {error}; only numpy arrays and plain containers are read, "
            "so save the data again as .npy where you trust it"
        ) from error
    return value


class _Machine:
    """The pickle machine: a stack, a stack of marked stacks, and a memo."""

    def __init__(self, source: PickleStream, max_values: int) -> None:
        self.source = source
        self.place = 0
        self._left = max_values
        self._stack: list[Any] = []
        self._marked: list[list[Any]] = []
        self._memo: dict[int, Any] = {}

    def run(self) -> Any:
        """Interpret the opcodes up to STOP, which must end the stream."""
        for opcode, argument, place in pickletools.genops(self.source):
            self.place = int(place or 0)
            self._left -= 1
            if self._left < 0:
                raise UnsafeData("it has more opcodes than max_values")
            self._step(opcode.name, argument)
        if len(self._stack) != 1 or self._marked or self.source.read(1):
            raise UnsafeData("it must end with its one value")
        return self._stack.pop()

    def _step(self, name: str, argument: Any) -> None:
        if name in _VALUES:
            self._stack.append(argument)
        elif name in _MAKERS:
            self._stack.append(_MAKERS[name]())
        elif name in _PUTS:
            self._put(len(self._memo) if argument is None else argument)
        elif name in _GETS:
            kept = self._memo[argument]
            self._stack.append(kept.value if isinstance(kept, Pending) and kept.value is not None else kept)
        elif name in _STEPS:
            _STEPS[name](self, argument)
        elif name not in _SILENT:
            raise UnsafeData(f"it uses the opcode {name}")

    def _put(self, place: int) -> None:
        if place >= _MAX_MEMO:  # a text may say any number, and numbers of one hash would make the memo slow
            raise UnsafeData(f"it keeps a value under a number beyond {_MAX_MEMO}")
        self._memo[place] = self._stack[-1]

    def _mark(self, _: Any) -> None:
        self._marked.append(self._stack)
        self._stack = []

    def _since_mark(self) -> list[Any]:
        items, self._stack = self._stack, self._marked.pop()
        return items

    def _tuple(self, size: int | None) -> None:
        items = self._since_mark() if size is None else [self._stack.pop() for _ in range(size)][::-1]
        self._stack.append(tuple(items))

    def _list(self, _: Any) -> None:
        items = self._since_mark()
        self._stack.append(items)

    def _dict(self, _: Any) -> None:
        items = self._since_mark()
        self._stack.append(_pairs(items))

    def _frozenset(self, _: Any) -> None:
        items = self._since_mark()
        self._stack.append(frozenset(keys(items)))

    def _target(self, kind: type) -> Any:
        """The container on the stack, which must be of a kind."""
        target = self._stack[-1]
        if type(target) is not kind:
            raise UnsafeData(f"it adds items of a {kind.__name__} to a {type(target).__name__}")
        return target

    def _append(self, _: Any) -> None:
        item = self._stack.pop()
        self._target(list).append(item)

    def _appends(self, _: Any) -> None:
        items = self._since_mark()
        self._target(list).extend(items)

    def _additems(self, _: Any) -> None:
        items = self._since_mark()
        self._target(set).update(keys(items))

    def _setitem(self, _: Any) -> None:
        value = self._stack.pop()
        key = self._stack.pop()
        self._target(dict).update(_pairs([key, value]))

    def _setitems(self, _: Any) -> None:
        items = self._since_mark()
        self._target(dict).update(_pairs(items))

    def _global(self, argument: str) -> None:
        self._name(*argument.split(" ", 1))

    def _stack_global(self, _: Any) -> None:
        name = self._stack.pop()
        self._name(self._stack.pop(), name)

    def _name(self, module: Any, name: Any) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise UnsafeData(f"it names {shown(module)} in {shown(name)}")
        named = Global(module, name)
        if named.key not in CALLS and named.key not in BLANKS and named.key not in NAMES:
            raise UnsafeData(f"it names {named}")
        self._stack.append(named)

    def _reduce(self, _: Any) -> None:
        arguments = self._stack.pop()
        called = self._stack.pop()
        if not isinstance(called, Global) or called.key not in CALLS or type(arguments) is not tuple:
            raise UnsafeData(f"it calls {shown(called)}")
        try:
            self._stack.append(CALLS[called.key](self.source, *arguments))
        except TypeError as error:  # the count of arguments, which is the data's word
            raise UnsafeData(f"it calls {called} with {len(arguments)} arguments") from error

    def _newobj(self, _: Any) -> None:
        arguments = self._stack.pop()
        named = self._stack.pop()
        if not isinstance(named, Global) or named.key not in BLANKS or arguments != ():
            raise UnsafeData(f"it makes an instance of {shown(named)}")
        self._stack.append(BLANKS[named.key]())

    def _build(self, _: Any) -> None:
        state = self._stack.pop()
        pending = self._stack.pop()
        if not isinstance(pending, Pending) or pending.value is not None:
            raise UnsafeData(f"it sets the state of a {type(pending).__name__}")
        pending.value = pending.build(state, self.source)
        self._stack.append(pending.value)


def _pairs(items: list[Any]) -> dict[Any, Any]:
    if len(items) % 2:
        raise UnsafeData("a dict's keys and values must come in pairs")
    return dict(zip(keys(items[::2]), items[1::2], strict=True))


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


_NUMBERS = {"INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"}
_STRINGS = {"STRING", "BINSTRING", "SHORT_BINSTRING"}  # Python 2's str, taken as latin-1 text
_TEXTS = {"UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}
_BYTES = {"BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"}
_VALUES = _NUMBERS | _STRINGS | _TEXTS | _BYTES
_SILENT = frozenset({"PROTO", "FRAME", "STOP"})
_PUTS = frozenset({"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"})
_GETS = frozenset({"GET", "BINGET", "LONG_BINGET"})
_MAKERS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_SET": set,
    "EMPTY_TUPLE": tuple,
}
_STEPS: dict[str, Callable[[_Machine, Any], None]] = {
    "MARK": _Machine._mark,
    "TUPLE": _Machine._tuple,
    "TUPLE1": lambda machine, _: machine._tuple(1),
    "TUPLE2": lambda machine, _: machine._tuple(2),
    "TUPLE3": lambda machine, _: machine._tuple(3),
    "LIST": _Machine._list,
    "DICT": _Machine._dict,
    "FROZENSET": _Machine._frozenset,
    "APPEND": _Machine._append,
    "APPENDS": _Machine._appends,
    "SETITEM": _Machine._setitem,
    "SETITEMS": _Machine._setitems,
    "ADDITEMS": _Machine._additems,
    "GLOBAL": _Machine._global,
    "STACK_GLOBAL": _Machine._stack_global,
    "REDUCE": _Machine._reduce,
    "NEWOBJ": _Machine._newobj,
    "BUILD": _Machine._build,
}
