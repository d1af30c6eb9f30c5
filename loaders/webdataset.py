"""The classic shuffled pipeline of webdataset, over our shards and over any other tar, with safe decoders and
no shell.

    pipeline = shuffled("s3://bucket/VFHQ-{000..009}.tar", ["mp4", "face.jpg"]).compose(wds.to_tuple("mp4", "face.jpg"))
    pipeline = wds.DataPipeline(your_samples, select("megactor-v1"), wds.map(decoded))   # none that the recipe rejects
    loader = ClassicLoader("train_set", batch_size=8, view=SpeechToFace(), num_workers=2)

It needs no index and reads every shard from end to end. It keeps no position: for exact resume, equal batches
on every rank and reads of only the matching rows take `ShardDataset`.

Who splits an epoch by node and by worker: `shuffled` (and so `ClassicLoader`) shares out whole shards, a `ShardDataset`
that stands first in a `wds.DataPipeline` shares out its rows. Put no `wds.split_by_node` or `wds.split_by_worker`
behind either: each would split a second time, and samples would be lost.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import torch
import webdataset as wds
from braceexpand import braceexpand
from fastcrc import crc32
from torch.utils.data import DataLoader

from faceshards.errors import ColumnError, DamagedShard, FaceshardsError, ShardError, UnsafeData, UsageError
from faceshards.loaders.decode.batch import Column, kept, stack
from faceshards.loaders.units.samples import View
from faceshards.shards.index.where import matching
from faceshards.shards.reader import Shard
from faceshards.shards.schema import codecs
from faceshards.shards.storage.files import open_file
from faceshards.shards.storage.find import find_shards
from faceshards.shards.storage.remote import StoreOptions, may_fork
from faceshards.shards.storage.url import SCHEMES, Place, place
from faceshards.shards.storage.version import Version
from faceshards.shards.tar.scan import Sample, TarScan, samples

Urls = str | Place | Sequence[str | Place]
#: What decides over an error: True goes on, False ends the epoch, or it raises (`wds.handlers`).
Handler = Callable[[Exception], bool]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


def tar_files(urls: Urls, options: StoreOptions | None = None) -> list[Place]:
    """The shards that webdataset's URLs name: files, folders, and what is in a store (s3, gs, az, http, https), braces
    expanded (`part-{000..009}.tar`).

    Raises UsageError for `pipe:` and every other scheme: webdataset would hand those to a shell.
    """
    places: list[str | Place] = []
    for url in [urls] if isinstance(urls, (str, Place)) else urls:
        text = str(url)
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
    handler: Handler = wds.reraise_exception,
    options: StoreOptions | None = None,
) -> wds.DataPipeline:
    """One epoch of samples: shards shuffled, split by node and by worker (here, by no later stage), read, shuffled
    in a buffer of samples, decoded.

    A sample is a dict of "__key__", "__url__" and its columns, decoded by `shards.codecs` (media and unknown
    suffixes stay bytes, an empty member is None, never a pickle). `columns` reads only these, and only of
    samples that have them all; `where` (an expression or a recipe's name) needs shards with an index.
    `handler` decides, as webdataset's handlers do, over a sample that differs from its checksum or does not decode
    and over a broken tar (`tar_samples`). The order depends on urls, seed, epoch and the split alone. Of a store
    (`options`) each shard is one stream of large ranges; a DataLoader over it must start its workers with
    multiprocessing_context="spawn".

    Iteration raises as `tar_samples` does.
    """
    shards = tar_files(urls, options)
    dice = random.Random(f"{seed}/{epoch}")
    dice.shuffle(shards)
    return wds.DataPipeline(
        wds.SimpleShardList([str(path) for path in shards]),
        wds.split_by_node,
        wds.split_by_worker,
        partial(tar_samples, columns=columns, where=where, options=options, handler=handler),
        wds.shuffle(buffer, seed=dice.getrandbits(63)),
        wds.map(decoded, handler=handler),
    )


def tar_samples(
    sources: Iterable[Mapping[str, str]],
    columns: Sequence[str] | None = None,
    where: str | None = None,
    options: StoreOptions | None = None,
    handler: Handler = wds.reraise_exception,
) -> Iterator[dict[str, Any]]:
    """Raw samples (column -> bytes) of tars, ours or foreign, in file order; bodies are held against their
    checksums where they have one.

    `handler` decides over a damaged body (True leaves that sample out) and over a tar that cannot be read on (True
    goes on with the next tar; the sample right before the break is left out, as it may lack members). By default that
    raises DamagedShard for a broken tar or body, UnsafeData for a sparse member or an oversized header, ShardError for
    a file that is empty or absent.
    Raises ColumnError at the end where samples were read (and kept by `where`) and none had all `columns`, UsageError
    for a `where` that does not evaluate, StorageError where a store does not answer.
    """
    reader = _Reader(columns, where, options)
    for source in sources:
        with closing(reader.read(place(source["url"]))) as results:
            for result in results:
                if not isinstance(result, FaceshardsError):
                    yield result
                elif not handler(result):
                    return
    reader.check_columns()


class _Reader:
    """The samples of some tars, one tar after the other; it knows whether any of them had all `columns`."""

    def __init__(self, columns: Sequence[str] | None, where: str | None, options: StoreOptions | None) -> None:
        self._columns, self._where, self._options = columns, where, options
        self._first: tuple[Place, Sample] | None = None
        self._any_whole = False

    def read(self, shard: Place) -> Generator[dict[str, Any] | FaceshardsError, None, None]:
        """Raw samples of a tar. A damaged one's error stands in its place, the error that ends the tar comes last."""
        try:
            keys = None if self._where is None else _selected(shard, self._where, self._options)
            with closing(open_file(shard, self._options)) as file:
                data = file.data()
                for sample in samples(TarScan(data, str(shard))):
                    if (keys is None or sample.key in keys) and self._is_whole(sample, shard):
                        yield self._raw(data, sample, shard)
        except (ShardError, UnsafeData) as error:  # not StorageError: a silent store is no broken tar
            yield error

    def _is_whole(self, sample: Sample, shard: Place) -> bool:
        self._first = self._first or (shard, sample)
        whole = self._columns is None or _has(sample, self._columns)
        self._any_whole |= whole
        return whole

    def _raw(self, data: Any, sample: Sample, shard: Place) -> dict[str, Any] | DamagedShard:
        names = sample.members if self._columns is None else self._columns
        try:
            bodies = {name: _body(data, sample, name, shard) for name in names}
        except DamagedShard as error:
            return error
        return {"__key__": sample.key, "__url__": str(shard), **bodies}

    def check_columns(self) -> None:
        """Raises ColumnError where there were samples and none had all columns: a name is misspelt, or was not made."""
        if self._first is None or self._any_whole:
            return
        shard, sample = self._first
        has = ", ".join(f"{name}{'' if member.size else ' (empty)'}" for name, member in sample.members.items())
        raise ColumnError(
            f"no sample has all of the columns {', '.join(self._columns or ())}: the first, {sample.key!r} of {shard}, "
            f"has {has}: name columns that it has, or run the stage that makes the others"
        )


def select(
    where: str, options: StoreOptions | None = None
) -> Callable[[Iterable[dict[str, Any]]], Iterator[dict[str, Any]]]:
    """A stage of any webdataset pipeline: only the samples that an expression or a recipe's name keeps, found by their
    "__url__" and "__key__" in the shards' indexes. An epoch sees each shard's index as it is when its first sample
    comes.

    Iteration raises UsageError for a sample without these two or a `where` that does not evaluate; ShardError and
    StorageError for a shard that cannot be opened.
    """
    return partial(_kept, where=where, options=options)


def _kept(pipeline: Iterable[dict[str, Any]], where: str, options: StoreOptions | None) -> Iterator[dict[str, Any]]:
    versions: dict[str, Version] = {}  # asked once an epoch: in a store each is a request
    for sample in pipeline:
        url, key = _address(sample)
        if url not in versions:
            versions[url] = _version(place(url), options)
        if key in _selected_once(url, versions[url], where, options):
            yield sample


def _address(sample: Mapping[str, Any]) -> tuple[str, str]:
    try:
        return sample["__url__"], sample["__key__"]
    except KeyError as lacking:
        raise UsageError(
            f'sample {sample.get("__key__")!r} has no {lacking}: select needs "__url__" and "__key__", as '
            "webdataset's tarfile_samples and our shuffled give them: put select before the stage that drops them"
        ) from None


def _version(shard: Place, options: StoreOptions | None) -> Version:
    with closing(open_file(shard, options)) as file:
        return file.version


@lru_cache(maxsize=256)
def _selected_once(url: str, version: Version, where: str, options: StoreOptions | None) -> set[str]:
    return _selected(place(url), where, options)


def decoded(sample: Mapping[str, Any]) -> dict[str, Any]:
    """A raw sample with its columns decoded; fields named `__like_this__` stay."""
    return {name: body if name.startswith("__") else codecs.decode(name, body) for name, body in sample.items()}


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

    def __iter__(self) -> Iterator[dict[str, Column]]:
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
