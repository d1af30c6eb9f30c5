"""A dataset of shards: what to read, of which rows, and how it becomes samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cached_property
from typing import Any

import numpy as np
from torch.utils.data import IterableDataset, get_worker_info

from faceshards.errors import UsageError
from faceshards.loaders.explain import Explanation, explained
from faceshards.loaders.faults import Limit
from faceshards.loaders.fetch.fetch import measured
from faceshards.loaders.fetch.spans import Link
from faceshards.loaders.plan.order import Order, check_seed, epoch_order, share
from faceshards.loaders.plan.plan import Missing, Plan, resolve
from faceshards.loaders.serve.loader import Loader, rank_and_world
from faceshards.loaders.serve.reader import SampleReader, View
from faceshards.loaders.units.row import Row
from faceshards.loaders.units.unit import Unit
from faceshards.loaders.units.window import Window
from faceshards.shards.index.catalogue import catalogued
from faceshards.shards.storage.find import may_fork
from faceshards.shards.storage.remote import Cache, StoreOptions
from faceshards.shards.storage.url import Place


class ShardDataset(IterableDataset):
    """Samples of shards, read by column, in an order that any run can resume.

        dataset = ShardDataset("s3://bucket/train_set/VFHQ", columns=["mp4", "faces.msg"],
                               where="gaze_variance > 200 AND frames >= 75", window=Window(frames=75), seed=0)
        print(dataset.explain())                 # shards, rows, bytes and requests of an epoch
        for batch in dataset.loader(batch_size=24, num_workers=2):
            batch["mp4"]                         # uint8 tensor (24, 75, H, W, 3)

    `paths`: shards, or folders and prefixes of shards; `options` say how a store is reached, `cache` keeps what came
    from it. `columns`: members to read; by default what the view needs (`view.columns`). `where`: an expression over
    the index in SQL's grammar, or a recipe's name. `window`: of each video only some frames, and only their bytes
    (`help(Window)`). `seed` and the loader's epoch decide the order. `missing`: what becomes of a sample that lacks a
    column (a stage failed or never ran): "error" names the stage to run, "skip" leaves the sample out, "none" delivers
    None; clips that are too short for the window, or silent where it wants sound, are an error or left out. `view`:
    turns a sample (column -> decoded value) into what a model eats; see `loaders/views`. `max_faults`: how many samples
    of an epoch may turn out damaged, a count or (a float) a share, before a loader stops; until then the next good one
    of the lane stands in, and `loader.faults` lists them.

    The matching rows are resolved once, when first needed: enrichment meanwhile changes nothing. Iterating
    over the dataset itself gives the single samples of an epoch (`set_epoch`) as webdataset knows them ("__key__",
    "__url__", columns), split over ranks and a DataLoader's workers; it may stand first in a `wds.DataPipeline`. There
    a bad sample is an error; only a loader replaces it.
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
        view: View | None = None,
        max_faults: int | float = 0.01,
        options: StoreOptions | None = None,
        cache: Cache | None = None,
    ) -> None:
        self.paths = [paths] if isinstance(paths, (str, Place)) else list(paths)
        wanted = getattr(view, "columns", ()) if columns is None else columns
        if not wanted or isinstance(wanted, str):
            raise UsageError(f"columns must be a list such as ['mp4', 'faces.msg'], got {columns!r}")
        if not all(isinstance(one, str) for one in wanted):
            raise UsageError(f"columns must be names such as 'mp4', got {list(wanted)!r}")
        if not (window is None or isinstance(window, Window)):
            raise UsageError(f"window must be a Window, such as Window(frames=75), got {window!r}")
        check_seed(seed)
        self.columns, self.where, self.seed, self.window = tuple(wanted), where, seed, window
        self.missing, self.view, self.limit = missing, view, Limit(max_faults)
        self.options, self.cache = options, cache
        self._catalogue = catalogued(self.paths, options)
        self.shards = self._catalogue.shards
        self.epoch = 0
        self._unit = _unit(window, self.columns, seed)

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
            options=self.options,
            window=needs.shuffled,
        )
        return self._unit.fitted(plan, self.missing)

    def __len__(self) -> int:
        """Matching rows."""
        return len(self.plan)

    @property
    def digest(self) -> str:
        """Of all that the order depends on but seed and epoch."""
        return self.plan.digest

    @property
    def windows(self) -> tuple[int, ...]:
        """Units that a lane of the order shuffles among each other."""
        return (self.plan.window,)

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
        units = epoch_order(self.plan.counts, seed=self.seed, epoch=epoch, window=window)
        return Order(units, np.broadcast_to(np.int64(epoch), units.shape))

    def reader(self) -> SampleReader:
        """What reads the matching rows, for one process."""
        return SampleReader(self.plan, self._unit, self.link, self.view, self.cache)

    def loader(
        self,
        batch_size: int,
        num_workers: int = 0,
        rank: int | None = None,
        world: int | None = None,
        drop_last: bool = True,
        pin_memory: bool = False,
    ) -> Loader:
        """Shuffled batches for one rank of `world`; `batch_size` is the global batch. See `Loader`."""
        return Loader(self, batch_size, num_workers, rank, world, drop_last, pin_memory)

    def explain(self, batch_size: int | None = None, world: int = 1) -> Explanation:
        """What an epoch will read: print it. With `batch_size` also what each of `world` ranks gets of a batch."""
        return explained(self.plan, self._unit, self.link, batch_size, world)

    def set_epoch(self, epoch: int) -> None:
        """The epoch whose samples the next iteration over the dataset itself gives."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[dict[str, Any]]:
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        rank, world = rank_and_world(None, None)
        order = self.order(self.epoch)
        draws = order.draws(share(0, len(order), rank=rank, world=world, worker=worker, workers=workers))
        with closing(self.reader()) as reader:
            reader.expect(iter(draws), 1 / (world * workers))
            for unit, epoch in draws:
                sample = reader.sample(unit, epoch)
                yield {"__key__": sample.pop("__key__"), "__url__": reader.named(unit)[0], **sample}


def _unit(window: Window | None, columns: Sequence[str], seed: int) -> Unit:
    if window is None:
        return Row(columns)
    from faceshards.loaders.units.clip_window import ClipWindow  # the codecs, only where they are needed

    return ClipWindow(window, columns, seed)
