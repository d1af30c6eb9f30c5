"""The samples of a plan, in whichever process asks: fetched, decoded, viewed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import torch

from faceshards.errors import FaceshardsError
from faceshards.loaders.decode.dense_columns import DenseColumns
from faceshards.loaders.decode.samples import Samples
from faceshards.loaders.faults import BAD
from faceshards.loaders.fetch.ahead import Ahead, Hand
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.spans import PARALLEL, Link
from faceshards.loaders.plan.order import Draw
from faceshards.loaders.serve.view import View
from faceshards.loaders.units.deck import Deck, dealt, hand
from faceshards.loaders.units.unit import Unit
from faceshards.shards.schema.columns import codec_of
from faceshards.shards.storage.remote import Cache


class UnitName(NamedTuple):
    """Of a unit: the `shard` of its first row, its `key`, and the keys of its `rows`."""

    shard: str
    key: str
    rows: list[str]


class SampleReader:
    """Reads draws of a deck: `unit` says what a draw is.

    `ragged`: the columns of arrays that differ in length. `noted` is called with each draw before it is decoded.
    """

    def __init__(
        self, deck: Deck, unit: Unit, link: Link, view: View | None = None, cache: Cache | None = None
    ) -> None:
        self.deck, self.unit, self.view = deck, unit, view
        self.columns = unit.columns
        self.bodies = Bodies(deck.plan, cache)
        self.dense = DenseColumns(self.bodies, unit.alike(deck.plan) if view is None else {}, link)
        arrays = {"sound", *(name for name in self.columns if codec_of(name) == "npy")} if view is None else set[str]()
        self.ragged = frozenset(arrays.difference(self.dense.parts)) | frozenset(getattr(view, "ragged", ()))
        self.noted: Callable[[Draw], None] | None = None
        self._link = link
        self._ahead: Ahead | None = None

    @property
    def bytes_read(self) -> int:
        """Bytes read so far."""
        return self.bodies.bytes_read

    @property
    def requests(self) -> int:
        """Reads so far."""
        return self.bodies.requests

    def pad(self, columns: Set[str]) -> None:
        """Takes these columns for arrays that differ in length, as they do in other parts of a mixture."""
        self.ragged |= columns & self.dense.parts.keys()
        self.dense.leave(columns)

    def expect(self, schedule: Iterator[Draw], share: float = 1.0) -> None:
        """Says what will be read, in its order, by one of 1 / `share` consumers: rows of a store are read ahead."""
        if not self._link.mapped:
            hands = (hand(self.deck, draw) for draw in schedule)
            self._ahead = self.unit.ahead(self.bodies, hands, self._pool, self._link, share)

    def read(self, draws: Sequence[Draw]) -> Samples:
        """The samples of some draws, in their order. Raises StorageError where a store does not answer."""
        rows, hands = dealt(self.deck, draws)
        begun = [self._ahead.take(one) for one in hands] if self._ahead else [None] * len(draws)
        self._note(draws[0])
        dense: dict[str, torch.Tensor] = {}
        errors: dict[int, FaceshardsError] = {}
        if self.dense.parts:
            dense, errors = self.dense.gathered(rows, lambda slot: self._fetched(hands[slot], begun[slot]))
        canvas = self.unit.canvas(self.bodies, rows) if self.view is None else {}
        columns = [name for name in self.columns if name not in dense]
        loose: list[Mapping[str, Any]] = []
        if columns or self.view is not None:
            loose = self._loose(draws, hands, begun, columns, errors, canvas)
        return Samples([one.key for one in hands], dense | canvas, loose, errors)

    def sample(self, unit: int, epoch: int = 0) -> dict[str, Any]:
        """One sample: "__key__" and the columns, or what the view makes of them. Its errors name the shard and the
        sample. Also the next draw of those that were expected.
        """
        draw = unit, epoch
        drawn = hand(self.deck, draw)
        begun = self._ahead.take(drawn) if self._ahead else None
        return {"__key__": drawn.key, **self._sample(draw, drawn, begun, self.columns)}

    def named(self, draw: Draw) -> UnitName:
        """What to call the unit of a draw."""
        drawn, plan = hand(self.deck, draw), self.deck.plan
        return UnitName(str(plan.shard_and_row(drawn.rows[0])[0]), drawn.key, [plan.key(row) for row in drawn.rows])

    def close(self) -> None:
        """Closes the open shards."""
        self._ahead = None
        if "_pool" in self.__dict__:
            self.__dict__.pop("_pool").shutdown(cancel_futures=True)
        self.bodies.close()

    def _fetched(self, drawn: Hand, begun: Callable[[], Any] | None) -> Any:
        """What the unit fetches: begun before, where the draw was expected."""
        return self.unit.fetch(self.bodies, drawn) if begun is None else begun()

    def _loose(
        self,
        draws: Sequence[Draw],
        hands: Sequence[Hand],
        begun: Sequence[Callable[[], Any] | None],
        columns: Sequence[str],
        errors: dict[int, FaceshardsError],
        canvas: Mapping[str, torch.Tensor],
    ) -> list[Mapping[str, Any]]:
        """The samples of these columns but those on the canvas; `errors` takes in those that are bad."""
        samples: list[Mapping[str, Any]] = [{}] * len(draws)
        for slot, draw in enumerate(draws):
            if slot in errors:
                continue
            try:
                own = {name: tensor[slot].numpy() for name, tensor in canvas.items()}
                sample = self._sample(draw, hands[slot], begun[slot], columns, own)
                samples[slot] = {name: value for name, value in sample.items() if name not in canvas}
            except BAD as error:
                errors[slot] = error
        return samples

    def _sample(
        self,
        draw: Draw,
        drawn: Hand,
        begun: Callable[[], Any] | None,
        columns: Sequence[str],
        canvas: Mapping[str, np.ndarray] = MappingProxyType({}),
    ) -> dict[str, Any]:
        self._note(draw)
        try:
            sample = self.unit.decode(self._fetched(drawn, begun), drawn, columns, canvas)
            return sample if self.view is None else dict(self.view({"__key__": self.named(draw).key, **sample}))
        except FaceshardsError as error:
            shard, key, _ = self.named(draw)
            if not str(error).startswith(shard):
                error.args = (f"{shard}, sample {key}: {error}",)
            raise

    def _note(self, draw: Draw) -> None:
        if self.noted is not None:
            self.noted(draw)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(PARALLEL, "faceshards-fetch")

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_pool"} | {"_ahead": None}
