"""Rows of a plan become columns, in whichever process asks: fetched, checked, decoded, cut, viewed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from faceshards.errors import FaceshardsError
from faceshards.loaders.decode.dense import Layout, Odd, gather, stacked, uniform
from faceshards.loaders.faults import BAD
from faceshards.loaders.fetch.ahead import Ahead, Draw
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.fetch import Fetch, Group
from faceshards.loaders.fetch.spans import DISK, PARALLEL, Link
from faceshards.loaders.plan.order import WINDOW_BYTES
from faceshards.loaders.plan.plan import Plan
from faceshards.shards.schema import codecs
from faceshards.shards.schema.columns import codec_of
from faceshards.shards.storage.remote import Cache

if TYPE_CHECKING:  # codecs are loaded where a window needs them
    from faceshards.loaders.units.clips import Clips, Fetched

#: What turns a sample (column -> decoded value, and "__key__") into what a model eats.
View = Callable[[Mapping[str, Any]], Mapping[str, Any]]

# Bytes of windows that are under way, and at least so much of a group of rows.
_AHEAD, _LEAST_GROUP = 64 << 20, 4 << 20


@dataclass(frozen=True)
class Read:
    """Some rows as they were read: their keys; `dense` columns, tensors (n, ...); `loose` samples of the other
    columns, a mapping a row, none where there are no such; `errors` of the rows that are bad, by their place (nothing
    else holds of these).
    """

    keys: list[str]
    dense: dict[str, torch.Tensor]
    loose: list[Mapping[str, Any]]
    errors: dict[int, FaceshardsError]


class Rows:
    """Reads the units of a plan.

    `loose` and `ragged`: the columns of which each sample has its own array, and those of them that differ in length.
    `bytes_read` and `requests` count what was read.
    """

    def __init__(
        self,
        plan: Plan,
        columns: Sequence[str],
        view: View | None = None,
        clips: Clips | None = None,
        *,
        seed: int = 0,
        link: Link = DISK,
        cache: Cache | None = None,
    ) -> None:
        self.plan, self.columns, self.view, self.clips = plan, tuple(columns), view, clips
        self.bodies = Bodies(plan, cache)
        self._seed, self._link = seed, link
        plain = view is None and clips is None
        self._dense = [name for name in columns if plain and uniform(plan, name)]
        arrays = {"sound", *(name for name in columns if codec_of(name) == "npy")} if view is None else set[str]()
        self.ragged = frozenset(arrays - {*self._dense})
        self._first = 0
        self._ahead: Ahead[Any] | None = None
        self._layouts: dict[str, Layout | None] = {}

    @property
    def dense_sizes(self) -> dict[str, int]:
        """The columns whose arrays are all of one size, and a body's bytes of each."""
        return {name: self.bodies.size(0, name) for name in self._dense}

    def share_out(self, odd: Set[str], first: int, parts: int) -> None:
        """Makes this the reader of one of the `parts` of a mixture, whose units begin with the mixture's `first`:
        `odd` columns, of other sizes in other parts, are ragged in all.
        """
        self._first = first
        self.ragged |= {name for name in self._dense if name in odd}
        self._dense = [name for name in self._dense if name not in odd]
        self.bodies.most_open = max(8, self.bodies.most_open // parts)

    def __getitem__(self, unit: int) -> dict[str, Any]:
        """The sample of a unit, as drawn in epoch 0: "__key__" and the columns, or what the view makes of them."""
        return self.sample(unit, 0)

    @property
    def bytes_read(self) -> int:
        """Bytes read so far."""
        return self.bodies.bytes_read

    @property
    def requests(self) -> int:
        """Reads so far."""
        return self.bodies.requests

    def expect(self, schedule: Iterator[Draw], share: float = 1.0) -> None:
        """Says what will be read, in its order, by one of 1 / `share` consumers: rows of a store are read ahead."""
        if self._link.mapped:
            return
        if self.clips is not None:
            clips, fetch = self.clips, self._clip
            begin: Callable[[Sequence[Draw]], Any] = lambda draws: self._pool.submit(fetch, *draws[0])  # noqa: E731
            limit = max(_LEAST_GROUP, int(_AHEAD * share))
            self._ahead = Ahead(schedule, begin, lambda draw: clips.cost(self.bodies, draw[0]), group=1, limit=limit)
        else:
            group = max(_LEAST_GROUP, int(WINDOW_BYTES * share))
            rows = Fetch(self.bodies, self.columns, self._pool, self._link, group)
            self._ahead = Ahead(schedule, rows.group, self._size, group=group, limit=2 * group)

    def read(self, draws: Sequence[Draw]) -> Read:
        """The rows of some draws, in their order. Raises StorageError where a store does not answer."""
        handles = [self._ahead.take(draw) if self._ahead else None for draw in draws]
        units = np.array([unit for unit, _ in draws], np.int64)
        self.at(int(units[0]))
        dense: dict[str, torch.Tensor] = {}
        errors: dict[int, FaceshardsError] = {}
        for name in self._dense:
            with suppress(Odd):  # then it is read as one of the loose columns
                tensor, bad = self._gather(name, units, handles)
                errors |= bad
                if tensor is not None:
                    dense[name] = tensor
        canvas = self.clips.canvas(self.bodies, units.tolist()) if self.clips is not None and self.view is None else {}
        columns = [name for name in self.columns if name not in dense]
        loose = self._loose(draws, handles, columns, errors, canvas)
        dense |= canvas
        return Read(self.plan.keys.take(units).to_pylist(), dense, loose, errors)

    def where(self, unit: int) -> tuple[str, str]:
        """The shard and the key of a unit."""
        return str(self.plan.place(unit)[0]), self.plan.key(unit)

    def sample(self, unit: int, epoch: int) -> dict[str, Any]:
        """One sample. Its errors name the shard and the sample."""
        return {"__key__": self.plan.key(unit), **self._sample(unit, epoch, self.columns, None)}

    def next(self, draw: Draw) -> dict[str, Any]:
        """The sample of the next draw that was expected."""
        handle = self._ahead.take(draw) if self._ahead else None
        return {"__key__": self.plan.key(draw[0]), **self._sample(*draw, self.columns, handle)}

    def _gather(
        self, column: str, units: np.ndarray, handles: Sequence[Any]
    ) -> tuple[torch.Tensor | None, dict[int, FaceshardsError]]:
        layout = self._layout(column, units, handles)
        if layout is None:
            return None, {}
        if self._link.mapped:
            return gather(self.bodies, column, units, layout)
        arrays, skip = [], len(layout.header)
        errors: dict[int, FaceshardsError] = {}
        for slot, (unit, handle) in enumerate(zip(units.tolist(), handles, strict=True)):
            try:
                body = self._body(unit, column, handle)
            except BAD as error:
                errors[slot], body = error, layout.header + bytes(layout.size - skip)
            if len(body) != layout.size or body[:skip] != layout.header:
                raise Odd
            arrays.append(memoryview(body)[skip:])
        return stacked(arrays, layout), errors

    def _layout(self, column: str, units: np.ndarray, handles: Sequence[Any]) -> Layout | None:
        """That of the first body which is whole; None also where none is."""
        for unit, handle in zip(units.tolist(), handles, strict=True):
            if column in self._layouts:
                break
            with suppress(*BAD):
                body = self.bodies.view(unit, column) if self._link.mapped else self._body(unit, column, handle)
                self._layouts[column] = Layout.of(body)
        return self._layouts.get(column)

    def _loose(
        self,
        draws: Sequence[Draw],
        handles: Sequence[Any],
        columns: Sequence[str],
        errors: dict[int, FaceshardsError],
        canvas: Mapping[str, torch.Tensor],
    ) -> list[Mapping[str, Any]]:
        if not columns and self.view is None:
            return []
        samples: list[Mapping[str, Any]] = [{}] * len(draws)
        for slot, (unit, epoch) in enumerate(draws):
            if slot in errors:
                continue
            try:
                own = {name: tensor[slot].numpy() for name, tensor in canvas.items()}
                sample = self._sample(unit, epoch, columns, handles[slot], own)
                samples[slot] = {name: value for name, value in sample.items() if name not in canvas}
            except BAD as error:
                errors[slot] = error
        return samples

    def _sample(
        self,
        unit: int,
        epoch: int,
        columns: Sequence[str],
        handle: Any,
        canvas: Mapping[str, np.ndarray] = MappingProxyType({}),
    ) -> dict[str, Any]:
        place, key = self.plan.place(unit)[0], self.plan.key(unit)
        self.at(unit)
        try:
            if self.clips is not None:
                fetched = self._clip(unit, epoch) if handle is None else handle.result()
                sample = self.clips.decode(fetched, canvas)
            else:
                sample = {name: codecs.decode(name, self._body(unit, name, handle)) for name in columns}
            return sample if self.view is None else dict(self.view({"__key__": key, **sample}))
        except FaceshardsError as error:
            if not str(error).startswith(str(place)):
                error.args = (f"{place}, sample {key}: {error}",)
            raise

    def at(self, unit: int) -> None:
        """Called before a unit is decoded; whoever watches this worker may look at `watched`."""
        if self.watched is not None:
            self.watched[0] = self._first + unit

    #: A tensor int64 (1,) in shared memory, in which the unit that is being decoded (of a mixture: the mixture's) is
    #: noted.
    watched: torch.Tensor | None = None

    def _body(self, unit: int, column: str, handle: Group | None) -> bytes | memoryview:
        return self.bodies.read(unit, column) if handle is None else handle.body(unit, column)

    def _clip(self, unit: int, epoch: int) -> Fetched:
        assert self.clips is not None
        return self.clips.fetch(self.bodies, unit, epoch, self._seed)

    def _size(self, draw: Draw) -> int:
        return sum(self.bodies.size(draw[0], name) for name in self.columns)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(PARALLEL, "faceshards-fetch")

    def close(self) -> None:
        """Closes the open shards."""
        self._ahead = None
        if "_pool" in self.__dict__:
            self.__dict__.pop("_pool").shutdown(cancel_futures=True)
        self.bodies.close()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_pool"} | {"_ahead": None}
