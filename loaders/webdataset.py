"""The classic shuffled pipeline of webdataset, over our shards and over any other tar, with safe decoders and
no shell.

    pipeline = shuffled("s3://bucket/VFHQ-{000..009}.tar", ["mp4", "face.jpg"]).compose(wds.to_tuple("mp4", "face.jpg"))
    pipeline = wds.DataPipeline(your_samples, select("megactor-v1"), wds.map(decoded))   # none that the recipe rejects
    loader = ClassicLoader("train_set", batch_size=8, view=SpeechToFace(), num_workers=2)

It needs no index and reads every shard from end to end. It keeps no position: for exact resume, equal batches
on every rank and reads of only the matching rows take `ShardDataset`.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import torch
import webdataset as wds
from braceexpand import braceexpand
from fastcrc import crc32
from torch.utils.data import DataLoader

from faceshards.errors import DamagedShard, FaceshardsError, UsageError
from faceshards.loaders.batch import Column, stack
from faceshards.loaders.rows import View
from faceshards.shards import codecs
from faceshards.shards.datasets import find_shards
from faceshards.shards.files import open_file
from faceshards.shards.reader import Shard
from faceshards.shards.scan import Sample, TarScan, samples
from faceshards.shards.stores import Place, StoreOptions, Url, place
from faceshards.shards.stores.url import SCHEMES
from faceshards.shards.where import matching

Urls = str | Place | Sequence[str | Place]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


def tar_files(urls: Urls, options: StoreOptions | None = None) -> list[Place]:
    """The shards that webdataset's URLs name: files, folders, and what is in a store (s3, gs, az, http, https), braces
    expanded (`part-{000..009}.tar`).

    Raises UsageError for `pipe:` and every other scheme: webdataset would hand those to a shell.
    """
    places: list[str | Place] = []
    for url in [urls] if isinstance(urls, (str, Place)) else urls:
        if isinstance(url, Url):
            places.append(url)
            continue
        text = os.fspath(url)
        scheme = _SCHEME.match(text)
        if scheme and (scheme[1].lower() not in SCHEMES or "://" not in text):
            raise UsageError(
                f"URL {text!r}: only paths and {', '.join(SCHEMES)} are opened, never a shell (pipe:, curl)"
            )
        places += [text] if Path(text).exists() else braceexpand(text)
    return find_shards(*places, options=options)


def shuffled(
    urls: Urls,
    columns: Sequence[str] | None = None,
    *,
    where: str | None = None,
    seed: int = 0,
    epoch: int = 0,
    buffer: int = 1000,
    handler: Callable[[Exception], bool] = wds.reraise_exception,
    options: StoreOptions | None = None,
) -> wds.DataPipeline:
    """One epoch of samples: shards shuffled, split by node and worker, read, shuffled in a buffer of samples,
    decoded.

    A sample is a dict of "__key__", "__url__" and its columns, decoded by `shards.codecs` (media and unknown
    suffixes stay bytes, an empty member is None, never a pickle). `columns` reads only these, and only of
    samples that have them all; `where` (an expression or a recipe's name) needs shards with an index.
    `handler` decides over a sample that does not decode, as webdataset's handlers do. The order depends on
    urls, seed, epoch and the split alone. Of a store (`options`) each shard is one stream of large ranges; a DataLoader
    over it must start its workers with multiprocessing_context="spawn".
    """
    shards = tar_files(urls, options)
    dice = random.Random(f"{seed}/{epoch}")
    dice.shuffle(shards)
    return wds.DataPipeline(
        wds.SimpleShardList([str(path) for path in shards]),
        wds.split_by_node,
        wds.split_by_worker,
        partial(tar_samples, columns=columns, where=where, options=options),
        wds.shuffle(buffer, seed=dice.getrandbits(63)),
        wds.map(decoded, handler=handler),
    )


def tar_samples(
    sources: Iterable[Mapping[str, str]],
    columns: Sequence[str] | None = None,
    where: str | None = None,
    options: StoreOptions | None = None,
) -> Iterator[dict[str, Any]]:
    """Raw samples (column -> bytes) of tars, ours or foreign, in file order; bodies are held against their
    checksums where they have one.

    Raises DamagedShard for a broken tar or body, UnsafeData for a sparse member or an oversized header.
    """
    for source in sources:
        shard = place(source["url"])
        keys = None if where is None else _selected(shard, where, options)
        with closing(open_file(shard, options)) as file:
            data = file.data()
            for sample in samples(TarScan(data, str(shard))):
                names = list(sample.members) if columns is None else columns
                if (keys is None or sample.key in keys) and (columns is None or _has(sample, columns)):
                    bodies = {name: _body(data, sample, name, shard) for name in names}
                    yield {"__key__": sample.key, "__url__": str(shard), **bodies}


def select(
    where: str, options: StoreOptions | None = None
) -> Callable[[Iterable[dict[str, Any]]], Iterator[dict[str, Any]]]:
    """A stage of any webdataset pipeline: only the samples that an expression or a recipe's name keeps, found by their
    "__url__" and "__key__" in the shards' indexes.
    """
    return partial(_kept, where=where, options=options)


def _kept(pipeline: Iterable[dict[str, Any]], where: str, options: StoreOptions | None) -> Iterator[dict[str, Any]]:
    url, keys = "", set[str]()
    for sample in pipeline:
        if sample["__url__"] != url:  # the samples of a shard come together, or nearly so
            url = sample["__url__"]
            keys = _selected_once(url, where, options)
        if sample["__key__"] in keys:
            yield sample


@lru_cache(maxsize=256)
def _selected_once(url: str, where: str, options: StoreOptions | None) -> set[str]:
    return _selected(place(url), where, options)


def decoded(sample: Mapping[str, Any]) -> dict[str, Any]:
    """A raw sample with its columns decoded; fields named `__like_this__` stay."""
    return {name: body if name.startswith("__") else codecs.decode(name, body) for name, body in sample.items()}


class ClassicLoader:
    """Batches of the classic pipeline: a `for` is one epoch, the next one is shuffled anew.

    `view` and its columns as in `ShardDataset`; samples that lack a column are left out. Each worker batches
    its own shards and drops its last short batch, so small data wants few workers.
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
        options: StoreOptions | None = None,
    ) -> None:
        self.shards, self.options = tar_files(urls, options), options
        self.columns = getattr(view, "columns", None) if columns is None else columns
        self.batch_size, self.num_workers, self.where, self.seed, self.view = batch_size, num_workers, where, seed, view
        self.epoch = 0

    def __iter__(self) -> Iterator[dict[str, Column]]:
        pipeline = shuffled(
            self.shards, self.columns, where=self.where, seed=self.seed, epoch=self.epoch, options=self.options
        )
        fresh = self.num_workers > 0 and any(isinstance(shard, Url) for shard in self.shards)
        self.epoch += 1
        stages = [
            wds.map(partial(_viewed, view=self.view)),
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
            yield batch


def _selected(shard: Place, where: str, options: StoreOptions | None) -> set[str]:
    with Shard(shard, options) as opened:
        return {opened.keys[row] for row in matching(opened.index, where)}


def _has(sample: Sample, columns: Sequence[str]) -> bool:
    return all(name in sample.members and sample.members[name].size for name in columns)


def _body(data: Any, sample: Sample, name: str, shard: Place) -> bytes:
    member = sample.members[name]
    body = bytes(data[member.offset : member.offset + member.size])
    if member.crc32c is not None and crc32.iscsi(body) != member.crc32c:
        raise DamagedShard(f"{shard}: {member.name} differs from its checksum: restore the shard")
    return body


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
