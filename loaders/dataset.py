"""A dataset of shards: what to read, of which rows, and how it becomes samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from torch.utils.data import IterableDataset, get_worker_info

from faceshards.errors import UsageError
from faceshards.loaders.loader import Loader
from faceshards.loaders.order import epoch_order, share
from faceshards.loaders.plan import Missing, Plan, resolve
from faceshards.loaders.rows import Rows, View
from faceshards.shards.datasets import find_shards


class ShardDataset(IterableDataset):
    """Samples of shards, read by column.

        dataset = ShardDataset("train_set/VFHQ", columns=["spectrogram.npy", "face.jpg"], where="face_share > 0.9")
        for batch in dataset.loader(batch_size=24, num_workers=2):
            batch["spectrogram.npy"]          # float32 tensor (24, 2, 257, 601)

    `paths`: shards or folders of shards. `columns`: members to read; by default what the view needs
    (`view.columns`). `where`: an expression over the index in SQL's grammar, or a recipe's name. `seed` and
    the loader's epoch decide the order. `missing`: what becomes of a sample that lacks a column (a stage
    failed or never ran): "error" names the stage to run, "skip" leaves the sample out, "none" delivers None.
    `view`: turns a sample (column -> decoded value) into what a model eats; see `loaders/views`.

    The matching rows are resolved once, when first needed: enrichment meanwhile changes nothing. Iterating
    over the dataset itself gives the single samples of epoch 0 as webdataset knows them ("__key__",
    "__url__", columns), split over a DataLoader's workers; it may stand first in a `wds.DataPipeline`.
    """

    def __init__(
        self,
        paths: str | Path | Sequence[str | Path],
        columns: Sequence[str] | None = None,
        *,
        where: str | None = None,
        seed: int = 0,
        missing: Missing = "error",
        view: View | None = None,
    ) -> None:
        self.shards = find_shards(*([paths] if isinstance(paths, (str, Path)) else paths))
        wanted = getattr(view, "columns", ()) if columns is None else columns
        if not wanted or isinstance(wanted, str):
            raise UsageError(f"columns must be a list such as ['mp4', 'faces.msg'], got {columns!r}")
        if not 0 <= seed < 1 << 64:
            raise UsageError(f"seed must be in [0, 2^64), got {seed}")
        self.columns, self.where, self.seed = tuple(wanted), where, seed
        self.missing, self.view = missing, view

    @cached_property
    def plan(self) -> Plan:
        """The matching rows. Raises ColumnError and UsageError as `loaders.plan.resolve` does."""
        return resolve(self.shards, self.columns, self.where, self.missing)

    def __len__(self) -> int:
        """Matching rows."""
        return len(self.plan)

    def rows(self) -> Rows:
        """A reader of the matching rows, for one process."""
        return Rows(self.plan, self.columns, self.view)

    def loader(
        self, batch_size: int, num_workers: int = 0, rank: int = 0, world: int = 1, drop_last: bool = True
    ) -> Loader:
        """Shuffled batches for one rank of `world`; `batch_size` is the global batch."""
        return Loader(self, batch_size, num_workers, rank, world, drop_last)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        order = epoch_order(self.plan.counts, seed=self.seed, epoch=0)
        rows = self.rows()
        for position in share(0, len(order), rank=0, world=1, worker=worker, workers=workers):
            unit = int(order[position])
            sample = rows[unit]
            yield {"__key__": sample.pop("__key__"), "__url__": str(self.plan.place(unit)[0]), **sample}
