"""Batches of the classic pipeline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import torch
import webdataset as wds
from torch.utils.data import DataLoader

from faceshards.errors import FaceshardsError
from faceshards.loaders.decode.batch import BatchColumn, kept, stack
from faceshards.loaders.serve.view import View
from faceshards.loaders.webdataset.pipeline import shuffled
from faceshards.loaders.webdataset.tar_reader import Handler
from faceshards.loaders.webdataset.urls import Urls, tar_files
from faceshards.shards.storage.find import may_fork
from faceshards.shards.storage.remote import StoreOptions


class ClassicLoader:
    """Batches of the classic pipeline: a `for` is one epoch, the next one is shuffled anew.

    `view` and its columns as in `ShardDataset`; samples that lack a column are left out. Each worker batches
    its own shards and drops its last short batch, so small data wants few workers. `handler` decides as in `shuffled`,
    and over a sample that the view refuses; with workers it runs in them.

    Iteration raises as `shuffled` does, in one line also out of a worker; ColumnError where of all the samples that one
    worker read none had all columns.
    """

    def __init__(
        self,
        urls: Urls,
        columns: Sequence[str] | None = None,
        *,
        batch_size: int,
        num_workers: int = 0,
        where: str | None = None,
        seed: int = 0,
        view: View | None = None,
        handler: Handler = wds.reraise_exception,
        options: StoreOptions | None = None,
    ) -> None:
        self.shards, self.options, self.handler = tar_files(urls, options), options, handler
        self.columns = getattr(view, "columns", None) if columns is None else columns
        self.batch_size, self.num_workers, self.where, self.seed, self.view = batch_size, num_workers, where, seed, view
        self.epoch = 0

    def __iter__(self) -> Iterator[dict[str, BatchColumn]]:
        pipeline = shuffled(
            self.shards,
            self.columns,
            where=self.where,
            seed=self.seed,
            epoch=self.epoch,
            handler=self.handler,
            options=self.options,
        )
        fresh = self.num_workers > 0 and not may_fork(self.shards)
        self.epoch += 1
        stages = [
            wds.map(partial(_viewed, view=self.view), handler=self.handler),
            wds.batched(self.batch_size, stack, partial=False),
            _errors_as_values,
        ]
        source = DataLoader(
            pipeline.compose(*stages),
            batch_size=None,
            num_workers=self.num_workers,
            collate_fn=_as_it_is,
            multiprocessing_context="spawn" if fresh else None,  # a store's client does not live on in a fork
            generator=torch.Generator(),  # its own: the global one is the model's
        )
        for batch in source:
            if isinstance(batch, FaceshardsError):
                raise batch
            yield {name: kept(column) for name, column in batch.items()}


def _viewed(sample: Mapping[str, Any], view: View | None) -> dict[str, Any]:
    content = {name: value for name, value in sample.items() if name != "__url__"} if view is None else view(sample)
    return {"__key__": sample["__key__"], **content}


def _errors_as_values(batches: Iterable[Any]) -> Iterator[Any]:
    try:
        yield from batches
    except FaceshardsError as error:  # a DataLoader would turn it into a page of traceback
        yield error


def _as_it_is(batch: Any) -> Any:
    return batch
