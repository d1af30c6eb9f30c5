"""How many rooms of the house the first batch of windows enters, and how often it moves between them.

    python -m faceshards.bench.stream.rooms

A room is a folder of a package (`shards/storage`, `loaders/plan`) or a loose file of it (`loaders/dataset`). A move is
a call from a function of one room to a function of another. What a loop repeats counts once: each place in the code
that calls a function, once for each activation of the function that it stands in; below a generator of `media`, which
gives packet after packet, once for all activations. The loading of modules does not count.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import cache
from inspect import CO_GENERATOR
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import faceshards
from faceshards.bench.stream.clips import GOP_25, shards
from faceshards.loaders import ShardDataset, Window
from faceshards.terminal import Screen

_GROUND = Path(faceshards.__file__).resolve().parent
_PACKAGES = ("shards", "media", "loaders")


@cache
def room_of(code: CodeType) -> str | None:
    """The room of a function, "package/room"; None outside of the packages and while a module is loaded."""
    file = Path(code.co_filename).resolve()
    base = _GROUND if file.is_relative_to(_GROUND) else _GROUND.parent
    if code.co_name == "<module>" or not file.is_relative_to(base):
        return None
    package, *rest = file.relative_to(base).parts
    return f"{package}/{rest[0].removesuffix('.py')}" if package in _PACKAGES else None


class Walk:
    """Follows the calls of this thread: the `files` and `rooms` that are entered, the `moves` between rooms, and the
    number of moves between files.
    """

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.rooms: set[str] = set()
        self.moves: Counter[tuple[str, str]] = Counter()
        self.file_moves = 0
        self._counted: dict[tuple[Any, ...], FrameType] = {}  # holds the frames, so that no id comes again

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        """A profile function, for `sys.setprofile`."""
        if event != "call" or (room := room_of(frame.f_code)) is None:
            return
        self.rooms.add(room)
        self.files.add(frame.f_code.co_filename)
        caller = _caller(frame)
        if caller is None or caller.f_code.co_filename == frame.f_code.co_filename:
            return
        activation = 0 if _is_in_packet_loop(caller) else id(caller)
        site = caller.f_code, caller.f_lasti, frame.f_code, activation
        if site in self._counted:
            return
        self._counted[site] = caller
        self.file_moves += 1
        before = room_of(caller.f_code)
        if before is not None and before != room:
            self.moves[before, room] += 1

    def said(self) -> str:
        """The numbers, and how often it moved from which room to which."""
        moves = [f"  {number:3} {a} -> {b}" for (a, b), number in sorted(self.moves.items())]
        return "\n".join(
            [
                f"rooms  {len(self.rooms)}: {', '.join(sorted(self.rooms))}",
                f"moves  {self.moves.total()} between rooms ({self.file_moves} between {len(self.files)} files)",
                *moves,
            ]
        )


def walked(work: Callable[[], object]) -> Walk:
    """The walk of a call through the house."""
    walk = Walk()
    sys.setprofile(walk)
    try:
        work()
    finally:
        sys.setprofile(None)
    return walk


def first_batch(folder: Path) -> Walk:
    """The walk of the first batch of two windows, out of shards that are made in the folder; the plan is made."""
    data = shards(folder / "data", 64, 2, GOP_25, 1, 4)

    def batches() -> Any:
        return iter(ShardDataset(data, ["mp4"], window=Window(frames=8, size=(32, 32))).loader(batch_size=2))

    next(batches())  # the modules are loaded
    second = batches()
    return walked(lambda: next(second))


def _caller(frame: FrameType) -> FrameType | None:
    """The nearest function of the house that led to a call."""
    caller = frame.f_back
    while caller is not None and room_of(caller.f_code) is None:
        caller = caller.f_back
    return caller


def _is_in_packet_loop(frame: FrameType | None) -> bool:
    while frame is not None:
        code = frame.f_code
        if code.co_flags & CO_GENERATOR and code.co_name != "<genexpr>" and (room_of(code) or "").startswith("media/"):
            return True
        frame = frame.f_back
    return False


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="faceshards-rooms-") as made:
        Screen().print(first_batch(Path(made)).said(), highlight=False, markup=False)
