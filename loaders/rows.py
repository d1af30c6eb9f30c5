"""Reads the rows of a plan, in whichever process asks: shards are opened when first needed and a bounded
number stays open.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from faceshards.errors import FaceshardsError
from faceshards.loaders.plan import Plan
from faceshards.shards import codecs
from faceshards.shards.reader import Shard

#: What turns a sample (column -> decoded value, and "__key__") into what a model eats.
View = Callable[[Mapping[str, Any]], Mapping[str, Any]]

_MOST_OPEN = 32


class Rows:
    """Unit -> sample: "__key__" and the wanted columns decoded, or what the view makes of them.

    An absent or empty member is None. Only the wanted members are read; `bytes_read` counts their bytes.
    """

    def __init__(self, plan: Plan, columns: Sequence[str], view: View | None) -> None:
        self.plan, self.columns, self.view = plan, tuple(columns), view
        self.bytes_read = 0
        self._open: OrderedDict[Path, Shard] = OrderedDict()

    def __getitem__(self, unit: int) -> dict[str, Any]:
        path, row = self.plan.place(unit)
        shard = self._shard(path)
        key = {"__key__": shard.keys[row]}
        try:
            sample = {**key, **{column: self._value(shard, row, column) for column in self.columns}}
            return sample if self.view is None else {**key, **self.view(sample)}
        except FaceshardsError as error:
            error.args = (f"{path}, sample {shard.keys[row]}: {error}",)
            raise

    def _value(self, shard: Shard, row: int, column: str) -> Any:
        if not shard.has(column):
            return None
        body = shard.read(row, column)
        self.bytes_read += len(body)
        return codecs.decode(column, body)

    def _shard(self, path: Path) -> Shard:
        if path not in self._open:
            if len(self._open) >= _MOST_OPEN:
                self._open.popitem(last=False)[1].close()
            self._open[path] = Shard(path)
        self._open.move_to_end(path)
        return self._open[path]

    def close(self) -> None:
        """Closes the open shards."""
        while self._open:
            self._open.popitem()[1].close()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_open": OrderedDict()}
