"""One epoch of the classic pipeline: shards shuffled, split, read, shuffled in a buffer, decoded."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import webdataset as wds

from faceshards.loaders.webdataset.tar_reader import Handler, tar_samples
from faceshards.loaders.webdataset.urls import Urls, tar_files
from faceshards.shards.schema import codecs
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.url import address


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
        wds.SimpleShardList([address(path) for path in shards]),
        wds.split_by_node,
        wds.split_by_worker,
        partial(tar_samples, columns=columns, where=where, options=options, handler=handler),
        wds.shuffle(buffer, seed=dice.getrandbits(63)),
        wds.map(decoded, handler=handler),
    )


def decoded(sample: Mapping[str, Any]) -> dict[str, Any]:
    """A raw sample with its columns decoded; fields named `__like_this__` stay."""
    return {name: body if name.startswith("__") else codecs.decode(name, body) for name, body in sample.items()}
