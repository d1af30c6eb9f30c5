"""The classic shuffled pipeline of webdataset, over our shards and over any other tar, with safe decoders and
no shell.

    pipeline = shuffled("train_set/{a,b}.tar", ["mp4", "face.jpg"]).compose(wds.to_tuple("mp4", "face.jpg"))
    loader = ClassicLoader("train_set", batch_size=8, view=SpeechToFace(), num_workers=2)

It needs no index and reads every shard from end to end. It keeps no position: for exact resume, equal batches
on every rank and reads of only the matching rows take `ShardDataset`.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
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
from faceshards.shards.index import mapped
from faceshards.shards.reader import Shard
from faceshards.shards.scan import Sample, TarScan, samples
from faceshards.shards.where import matching

Urls = str | Path | Sequence[str | Path]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def tar_files(urls: Urls) -> list[Path]:
    """The shards that webdataset's URLs name: local files or folders, braces expanded (`part-{000..009}.tar`).

    Raises UsageError for `pipe:` and every other scheme: webdataset would hand those to a shell.
    """
    paths: list[str] = []
    for url in [urls] if isinstance(urls, (str, Path)) else urls:
        text = os.fspath(url)
        if _SCHEME.match(text):
            raise UsageError(
                f"URL {text!r} is not a path: only local files and folders are opened, never a shell (pipe:, curl)"
            )
        paths += [text] if Path(text).exists() else braceexpand(text)
    return find_shards(*paths)


def shuffled(
    urls: Urls,
    columns: Sequence[str] | None = None,
    *,
    where: str | None = None,
    seed: int = 0,
    epoch: int = 0,
    buffer: int = 1000,
    handler: Callable[[Exception], bool] = wds.reraise_exception,
) -> wds.DataPipeline:
    """One epoch of samples: shards shuffled, split by node and worker, read, shuffled in a buffer of samples,
    decoded.

    A sample is a dict of "__key__", "__url__" and its columns, decoded by `shards.codecs` (media and unknown
    suffixes stay bytes, an empty member is None, never a pickle). `columns` reads only these, and only of
    samples that have them all; `where` (an expression or a recipe's name) needs shards with an index.
    `handler` decides over a sample that does not decode, as webdataset's handlers do. The order depends on
    urls, seed, epoch and the split alone.
    """
    shards = tar_files(urls)
    dice = random.Random(f"{seed}/{epoch}")
    dice.shuffle(shards)
    return wds.DataPipeline(
        wds.SimpleShardList([str(path) for path in shards]),
        wds.split_by_node,
        wds.split_by_worker,
        partial(tar_samples, columns=columns, where=where),
        wds.shuffle(buffer, seed=dice.getrandbits(63)),
        wds.map(decoded, handler=handler),
    )


def tar_samples(
    sources: Iterable[Mapping[str, str]], columns: Sequence[str] | None = None, where: str | None = None
) -> Iterator[dict[str, Any]]:
    """Raw samples (column -> bytes) of tars, ours or foreign, in file order; bodies are held against their
    checksums where they have one.

    Raises DamagedShard for a broken tar or body, UnsafeData for a sparse member or an oversized header.
    """
    for source in sources:
        path = Path(source["url"])
        keys = None if where is None else _selected(path, where)
        with mapped(path) as data:
            for sample in samples(TarScan(data, str(path))):
                names = list(sample.members) if columns is None else columns
                if (keys is None or sample.key in keys) and (columns is None or _has(sample, columns)):
                    bodies = {name: _body(data, sample, name, path) for name in names}
                    yield {"__key__": sample.key, "__url__": str(path), **bodies}


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
    ) -> None:
        self.shards = tar_files(urls)
        self.columns = getattr(view, "columns", None) if columns is None else columns
        self.batch_size, self.num_workers, self.where, self.seed, self.view = batch_size, num_workers, where, seed, view
        self.epoch = 0

    def __iter__(self) -> Iterator[dict[str, Column]]:
        pipeline = shuffled(self.shards, self.columns, where=self.where, seed=self.seed, epoch=self.epoch)
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
            generator=torch.Generator(),  # its own: the global one is the model's
        )
        for batch in source:
            if isinstance(batch, FaceshardsError):
                raise batch
            yield batch


def _selected(path: Path, where: str) -> set[str]:
    with Shard(path) as shard:
        return {shard.keys[row] for row in matching(shard.index, where)}


def _has(sample: Sample, columns: Sequence[str]) -> bool:
    return all(name in sample.members and sample.members[name].size for name in columns)


def _body(data: Any, sample: Sample, name: str, path: Path) -> bytes:
    member = sample.members[name]
    body = bytes(data[member.offset : member.offset + member.size])
    if member.crc32c is not None and crc32.iscsi(body) != member.crc32c:
        raise DamagedShard(f"{path}: {member.name} differs from its checksum: restore the shard")
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
