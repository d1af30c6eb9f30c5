"""The machine of pickle's opcodes, as far as arrays and plain containers need them: it imports and calls nothing."""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from typing import Any

from faceshards.errors import UnsafeData
from faceshards.shards.pickles.pickled_arrays import BLANKS, CALLS, NAMES, Global, Pending, PickleStream, keys, shown

_MAX_MEMO = 1 << 32


class Machine:
    """The pickle machine: a stack, a stack of marked stacks, and a memo."""

    def __init__(self, source: PickleStream, max_values: int) -> None:
        self.source = source
        self.position = 0
        self._left = max_values
        self._stack: list[Any] = []
        self._marked: list[list[Any]] = []
        self._memo: dict[int, Any] = {}

    def run(self) -> Any:
        """Interpret the opcodes up to STOP, which must end the stream."""
        for opcode, argument, position in pickletools.genops(self.source):
            self.position = int(position or 0)
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

    def _put(self, slot: int) -> None:
        if slot >= _MAX_MEMO:  # a text may say any number, and numbers of one hash would make the memo slow
            raise UnsafeData(f"it keeps a value under a number beyond {_MAX_MEMO}")
        self._memo[slot] = self._stack[-1]

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
_STEPS: dict[str, Callable[[Machine, Any], None]] = {
    "MARK": Machine._mark,
    "TUPLE": Machine._tuple,
    "TUPLE1": lambda machine, _: machine._tuple(1),
    "TUPLE2": lambda machine, _: machine._tuple(2),
    "TUPLE3": lambda machine, _: machine._tuple(3),
    "LIST": Machine._list,
    "DICT": Machine._dict,
    "FROZENSET": Machine._frozenset,
    "APPEND": Machine._append,
    "APPENDS": Machine._appends,
    "SETITEM": Machine._setitem,
    "SETITEMS": Machine._setitems,
    "ADDITEMS": Machine._additems,
    "GLOBAL": Machine._global,
    "STACK_GLOBAL": Machine._stack_global,
    "REDUCE": Machine._reduce,
    "NEWOBJ": Machine._newobj,
    "BUILD": Machine._build,
}
