"""How many rooms of the house the first batch of windows enters, and how often it moves between them.

    python -m faceshards.bench.stream.rooms

A room is a folder of a package (`shards/storage`, `loaders/plan`) or a loose file of it (`media/decode.py`). A move is
a call from a function of one room to a function of another. What a loop repeats counts once: of one activation of a
function, each place in its code that calls a function counts once, and all that is called below a packet loop (below
`PACKET_LOOPS`, which decode packet by packet) counts once a place whatever the activation. Loading of modules, and
worker processes and threads, do not count.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import faceshards
from faceshards.bench.stream.clips import GOP_25, shards
from faceshards.loaders import ShardDataset, Window

_HOUSE = Path(faceshards.__file__).resolve().parent
#: Rooms and function names of the generators whose every step is a packet or a picture.
PACKET_LOOPS = {"_packets", "_from_ranges", "_pictures", "_painted", "_from_packets"}


def room_of(code: CodeType) -> str | None:
    """The room of a function: "package/room"; None outside of the packages and while a module is loaded."""
    if code.co_name == "<module>":
        return None
    file = Path(code.co_filename).resolve()
    for base in (_HOUSE, _HOUSE.parent):
        if file.is_relative_to(base):
            parts = file.relative_to(base).parts
            return "/".join(parts[:2]) if len(parts) > 1 and parts[0] in _PACKAGES else None
    return None


_PACKAGES = {"shards", "media", "loaders", "jobs"}


class Walk:
    """Follows the calls of this thread: the `files` and `rooms` that were entered, and the `moves` between rooms."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.rooms: set[str] = set()
        self.moves: Counter[tuple[str, str]] = Counter()
        self.file_moves = 0
        self._rooms: dict[CodeType, str | None] = {}
        self._seen: set[tuple[Any, ...]] = set()
        self._kept: list[FrameType] = []

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        """A profile function, for `sys.setprofile`."""
        if event != "call" or (room := self._room(frame.f_code)) is None:
            return
        self.rooms.add(room)
        self.files.add(frame.f_code.co_filename)
        caller = self._caller(frame)
        if caller is None or caller.f_code.co_filename == frame.f_code.co_filename:
            return
        site = (caller.f_code, caller.f_lasti, frame.f_code, *(() if self._in_loop(caller) else (id(caller),)))
        if site in self._seen:
            return
        self._seen.add(site)
        self._kept.append(caller)  # or its id would be given to another
        self.file_moves += 1
        before = self._room(caller.f_code)
        if before != room:
            self.moves[str(before), room] += 1

    def _room(self, code: CodeType) -> str | None:
        if code not in self._rooms:
            self._rooms[code] = room_of(code)
        return self._rooms[code]

    def _caller(self, frame: FrameType) -> FrameType | None:
        caller = frame.f_back
        while caller is not None and self._room(caller.f_code) is None:
            caller = caller.f_back
        return caller

    def _in_loop(self, frame: FrameType | None) -> bool:
        while frame is not None:
            if frame.f_code.co_name in PACKET_LOOPS:
                return True
            frame = frame.f_back
        return False


def walked(work: Callable[[], object]) -> Walk:
    """The walk of a call through the house."""
    walk = Walk()
    sys.setprofile(walk)
    try:
        work()
    finally:
        sys.setprofile(None)
    return walk


def main() -> None:
    """Prints the rooms and moves of a loader's first batch of two windows."""
    with tempfile.TemporaryDirectory(prefix="faceshards-rooms-") as folder:
        data = shards(Path(folder) / "data", 64, 2, GOP_25, 1, 4)
        dataset = ShardDataset(data, ["mp4"], window=Window(frames=8, size=(32, 32)))
        next(iter(ShardDataset(data, ["mp4"], window=Window(frames=8)).loader(batch_size=2)))  # modules are loaded
        loader = None

        def begin():
            nonlocal loader
            loader = dataset.loader(batch_size=2)

        both = [walked(begin), walked(lambda: next(iter(loader)))]
    for walk in both:
        print(f"rooms  {len(walk.rooms)}: {', '.join(sorted(walk.rooms))}")
        print(f"moves  {sum(walk.moves.values())} of {walk.file_moves} between files ({len(walk.files)})")
        for (a, b), number in sorted(walk.moves.items()):
            print(f"  {number:3} {a} -> {b}")


if __name__ == "__main__":
    main()
