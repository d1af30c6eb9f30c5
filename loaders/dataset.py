"""A dataset of shards: what to read, of which rows, and how it becomes samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from itertools import tee
from typing import Any, get_args

import numpy as np
from torch.utils.data import get_worker_info

from faceshards.errors import UsageError
from faceshards.loaders.arguments import function, of_kind, one_of, whole
from faceshards.loaders.explain import Explanation, explained
from faceshards.loaders.faults import Limit
from faceshards.loaders.fetch.fetch import measured
from faceshards.loaders.fetch.spans import Link
from faceshards.loaders.paths import expanded
from faceshards.loaders.plan.long_order import ordered
from faceshards.loaders.plan.order import LAST_EPOCH, Order, check_seed
from faceshards.loaders.plan.plan import Missing, Plan, resolve
from faceshards.loaders.plan.rank import rank_and_world
from faceshards.loaders.serve.begun import Begun
from faceshards.loaders.serve.loader import Loadable
from faceshards.loaders.serve.reader import SampleReader
from faceshards.loaders.serve.view import View, Views
from faceshards.loaders.units.chosen import UnitView, checked_view, chosen
from faceshards.loaders.units.deck import Deck, found
from faceshards.loaders.units.window import Window
from faceshards.shards.index.catalogue import catalogued
from faceshards.shards.storage.find import may_fork
from faceshards.shards.storage.remote import Cache, StoreOptions
from faceshards.shards.storage.url import Place


class NoSample(UsageError, LookupError):
    """No sample has this number or key."""


class ShardDataset(Loadable):
    """Samples of shards, read by column, in an order that any run can resume.

        dataset = ShardDataset("demo/shards", columns=["mp4", "faces.msg"],
                               where="face_share > 0.9 AND frames >= 50", window=Window(frames=50), seed=0)
        print(dataset.explain())                 # shards, rows, bytes and requests of an epoch
        for batch in dataset.loader(batch_size=2, num_workers=2):
            batch["mp4"]                         # uint8 tensor (2, 50, H, W, 3)

    `paths`: shards, or folders and prefixes of shards, braces and globs among them; `options` say how a store is
    reached, `cache` keeps what came from it. `columns`: members to read, "video" being the clip, whatever its
    container; by default what the view needs (`view.columns`). `where`: an expression over the index in SQL's grammar,
    a pure function of the row, or a recipe's name. `window`: of each video only some frames, and only their bytes
    (`help(Window)`). `seed` and the loader's epoch decide the order. `missing`: what becomes of a sample that lacks a
    column (a stage failed or never ran): "error" names the stage to run, "skip" leaves the sample out, "none" delivers
    None; clips that are too short for the window, or silent where it wants sound, are an error or left out. `view`:
    turns a sample (column -> decoded value) into what a model eats; see `loaders/views`. `transform`: the same, of what
    the view made, or of the sample where there is none; a view may also make units of several rows (`view.unit`), which
    are then what is counted, drawn and found by key ("KEY,KEY"). `max_faults`: how many samples of an epoch may turn
    out damaged, a count or (a float) a share, before a loader stops; until then the next good one of the lane stands
    in, and `loader.faults` lists them.

    The matching rows are resolved once, when first needed: enrichment meanwhile changes nothing. `dataset[7]` and
    `dataset["key"]` are single samples as webdataset knows them (`__key__`, `__url__`, columns), in the order of the
    shards. Iterating over the dataset itself gives those of an epoch, each time the next one or the one that
    `set_epoch` says, split over ranks and a DataLoader's workers; it may stand first in a `wds.DataPipeline`. Before
    each epoch of a DataLoader that has workers, call `set_epoch`. A bad sample is an error here; only a loader replaces
    it.
    """

    def __init__(
        self,
        paths: str | Place | Sequence[str | Place],
        columns: Sequence[str] | None = None,
        *,
        where: str | None = None,
        window: Window | None = None,
        seed: int = 0,
        missing: Missing = "error",
        view: View | UnitView | None = None,
        transform: View | None = None,
        max_faults: int | float = 0.01,
        options: StoreOptions | None = None,
        cache: Cache | None = None,
    ) -> None:
        wanted = getattr(view, "columns", ()) if columns is None else columns
        if not isinstance(wanted, (list, tuple)) or not wanted:
            raise UsageError(f"columns must be a list such as ['mp4', 'faces.msg'], got {columns!r}")
        if not all(isinstance(one, str) and one for one in wanted):
            raise UsageError(f"columns must be names such as 'mp4', got {list(wanted)!r}")
        of_kind("where", where, (str, type(None)), "an expression such as 'frames >= 75' or a recipe's name")
        of_kind("window", window, (Window, type(None)), "a Window, such as Window(frames=75)")
        of_kind("options", options, (StoreOptions, type(None)), "StoreOptions")
        of_kind("cache", cache, (Cache, type(None)), 'a Cache, such as Cache("/scratch/faceshards")')
        one_of("missing", missing, get_args(Missing))
        self.columns, self.where, self.seed, self.window = tuple(wanted), where, check_seed(seed), window
        self.missing, self.limit = missing, Limit(max_faults)
        self.view, self.transform = checked_view(view, columns, window), function("transform", transform)
        self.options, self.cache = options, cache
        self.paths = expanded(paths, options)
        self._catalogue = catalogued(self.paths, options)
        self.shards = self._catalogue.shards
        self._begun = Begun()
        self._unit = chosen(window, self.columns, self.seed, view)

    @cached_property
    def plan(self) -> Plan:
        """The matching rows. Raises ColumnError and UsageError as `loaders.plan.resolve` does."""
        needs = self._unit.needs
        plan = resolve(
            self._catalogue,
            needs.columns,
            self.where,
            self.missing,
            also=needs.also,
            scalars=needs.scalars,
            labels=(*needs.labels, *getattr(self.view, "labels", ())),
            options=self.options,
            window=needs.shuffled,
        )
        plan = self._unit.fitted(plan, self.missing)
        if hasattr(self.view, "planned"):
            self.view.planned(plan)
        return plan

    @cached_property
    def deck(self) -> Deck:
        """What is drawn: each matching row, or what the view makes of them. Raises as `plan` does."""
        return self._unit.deck(self.plan)

    def __len__(self) -> int:
        """Samples of an epoch: matching rows, or the units that the view makes of them."""
        return len(self.deck)

    @property
    def units(self) -> int:
        """Units that can be drawn: all."""
        return len(self)

    @property
    def carried(self) -> Mapping[str, View]:
        """The caller's functions, by the arguments that gave them."""
        named = {"view": self.view, "transform": self.transform}
        return {name: one for name, one in named.items() if callable(one)}

    @property
    def digest(self) -> str:
        """A digest of all that the order depends on, seed and epoch apart."""
        return self.deck.digest

    @property
    def windows(self) -> tuple[int, ...]:
        """Units that a lane of the order shuffles among each other."""
        return (self.deck.window,)

    @property
    def may_fork(self) -> bool:
        """Whether workers may be forked: not where any shard is in a store."""
        return may_fork(self.shards)

    @cached_property
    def link(self) -> Link:
        """What the way to the shards costs: of a store measured once, when a loader or `explain` first needs it."""
        return measured(self.plan)

    def order(self, epoch: int, windows: Sequence[int] = ()) -> Order:
        """The draws of an epoch, with these windows or the plan's own."""
        (window,) = windows or self.windows
        units = ordered(self.deck.counts, seed=self.seed, epoch=epoch, window=window)
        return Order(units, np.broadcast_to(np.int64(epoch), (len(units),)))

    def reader(self) -> SampleReader:
        """What reads the units, for one process."""
        views = Views(self.carried) if self.carried else None
        return SampleReader(self.deck, self._unit, self.link, views, self.cache)

    def explain(self, batch_size: int | None = None, world: int = 1) -> Explanation:
        """What an epoch will read: print it. With `batch_size` also what each of `world` ranks gets of a batch."""
        return explained(self.deck, self._unit, self.link, batch_size, world)

    @property
    def epoch(self) -> int:
        """The epoch whose samples the next iteration over the dataset itself gives."""
        return self._begun.epoch(rank_and_world(None, None)[0])

    def set_epoch(self, epoch: int) -> None:
        """Says it, to the workers of a DataLoader too, also where they persist."""
        self._begun.set(rank_and_world(None, None)[0], whole("epoch", epoch, most=LAST_EPOCH))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        info, (rank, world) = get_worker_info(), rank_and_world(None, None)
        if info is not None:
            return self._of_worker(rank, world, info.id, info.num_workers)
        epoch = self.epoch
        self.set_epoch(epoch + 1)
        return self._samples(epoch, rank, world, 0, 1)

    def _of_worker(self, rank: int, world: int, worker: int, workers: int) -> Iterator[dict[str, Any]]:
        # Not before the first sample is asked for: torch takes what is raised earlier for the worker's death.
        yield from self._samples(self._begun.begin(rank, worker), rank, world, worker, workers)

    def _samples(self, epoch: int, rank: int, world: int, worker: int, workers: int) -> Iterator[dict[str, Any]]:
        order = self.order(epoch)
        one, other = tee(order.shared(rank, world, worker, workers))
        with closing(self.reader()) as reader:
            reader.expect(one, 1 / (world * workers))
            for draw in other:
                yield _named(reader, *draw)

    def __getitem__(self, which: int | str) -> dict[str, Any]:
        """A sample by its number, from the end where that is negative, or by its key; its window is that of `epoch`.
        Raises NoSample.
        """
        return _named(self._own_reader, self._unit_of(which), self.epoch)

    def _unit_of(self, which: int | str) -> int:
        if isinstance(which, str):
            units = found(self.deck, which, self.epoch)
            if len(units) != 1:
                raise NoSample(
                    f"{len(units) or 'no'} samples have the key {which!r}: the {len(self)} that match have such as "
                    f"{self._own_reader.named((0, self.epoch)).key!r}, and numbers from 0 to {len(self) - 1}"
                )
            return units[0]
        try:
            number = whole("a sample's number", which, -len(self), len(self) - 1)
        except UsageError as error:
            raise NoSample(f"{error}; a sample is found by its number or its key") from None
        return number % len(self)

    @cached_property
    def _own_reader(self) -> SampleReader:
        return self.reader()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_own_reader"}

    def __repr__(self) -> str:
        rows = f"{len(self):,} {self.deck.said}" if "deck" in self.__dict__ else "rows not counted yet"
        words = [f"{len(self.shards):,} shard(s), first {self.shards[0]}", f"columns {', '.join(self.columns)}"]
        words += [f"where {self.where!r}"] if self.where is not None else []
        words += [self.window.said] if self.window is not None else []
        return f"<ShardDataset: {'; '.join(words)}; seed {self.seed}; {rows}>"


def _named(reader: SampleReader, unit: int, epoch: int) -> dict[str, Any]:
    sample = reader.sample(unit, epoch)
    return {"__key__": sample.pop("__key__"), "__url__": reader.named((unit, epoch)).shard, **sample}
