"""An object that is scanned as if it lay in memory: slices of it are read when they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faceshards.shards.stores.objects import RemoteFile

_FIRST, _MOST = 16 * 1024, 4 << 20
_KEPT = 4


class Sliced:
    """`data[a:b]` and `len(data)` of a remote file.

    A slice that follows on the last one doubles what is read ahead, another begins small again: small members come many
    a request, and the bodies of large ones are skipped.
    """

    def __init__(self, file: RemoteFile) -> None:
        self._file = file
        self._blocks: OrderedDict[int, bytes] = OrderedDict({0: file.first})
        self._ahead = _FIRST

    @property
    def place(self) -> str:
        """The object's URL."""
        return str(self._file.place)

    def __len__(self) -> int:
        return self._file.size

    def __getitem__(self, span: slice) -> bytes:
        start, stop, _ = span.indices(len(self))
        for at, block in reversed(self._blocks.items()):
            if at <= start and stop <= at + len(block):
                return block[start - at : stop - at]
        return self._load(start, max(start, stop))[: stop - start]

    def _load(self, start: int, stop: int) -> bytes:
        last, block = next(reversed(self._blocks.items()))
        follows = last <= start <= last + len(block)
        self._ahead = min(2 * self._ahead, _MOST) if follows else _FIRST
        body = self._file.read(start, min(max(stop - start, self._ahead), len(self) - start))
        self._blocks[start] = body
        self._blocks.move_to_end(start)
        if len(self._blocks) > _KEPT:
            self._blocks.popitem(last=False)
        return body
