"""Raw samples out of tars, ours or foreign, in file order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from typing import Any

import webdataset as wds
from fastcrc import crc32

from faceshards.errors import ColumnError, DamagedShard, FaceshardsError, ShardError, UnsafeData
from faceshards.loaders.webdataset.selection import selected
from faceshards.shards.schema.codecs import decode_json
from faceshards.shards.schema.removed import is_removed
from faceshards.shards.schema.states import DONE, state_of
from faceshards.shards.storage.files import open_file
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.url import Place, place
from faceshards.shards.tar.samples import Sample, samples
from faceshards.shards.tar.scan import TarScan

#: What decides over an error: True goes on, False ends the epoch, or it raises (`wds.handlers`).
Handler = Callable[[Exception], bool]


def tar_samples(
    sources: Iterable[Mapping[str, str]],
    columns: Sequence[str] | None = None,
    where: str | None = None,
    options: StoreOptions | None = None,
    handler: Handler = wds.reraise_exception,
) -> Iterator[dict[str, Any]]:
    """Raw samples (column -> bytes) of tars, ours or foreign, in file order, without those that were removed on
    request; bodies are held against their checksums where they have one.

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
        self._first: tuple[Place, str, dict[str, bool]] | None = None
        self._any_whole = False

    def read(self, shard: Place) -> Generator[dict[str, Any] | FaceshardsError, None, None]:
        """Raw samples of a tar. A damaged one's error stands in its place, the error that ends the tar comes last."""
        try:
            keys = None if self._where is None else selected(shard, self._where, self._options)
            with closing(open_file(shard, self._options)) as file:
                data = file.data()
                for sample in samples(TarScan(data, str(shard))):
                    if keys is None and is_removed(_facts(data, sample, b'"removed"')):
                        continue
                    if (keys is None or sample.key in keys) and self._is_whole(data, sample, shard):
                        yield self._raw(data, sample, shard)
        except (ShardError, UnsafeData) as error:  # not StorageError: a silent store is no broken tar
            yield error

    def _is_whole(self, data: Any, sample: Sample, shard: Place) -> bool:
        whole = self._columns is None or set(self._columns) <= (there := _filled(data, sample))
        if self._first is None:
            self._first = (shard, sample.key, {name: name in there for name in sample.members} if self._columns else {})
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
        shard, key, columns = self._first
        has = ", ".join(f"{name}{'' if filled else ' (without a value)'}" for name, filled in columns.items())
        raise ColumnError(
            f"no sample has all of the columns {', '.join(self._columns or ())}: the first, {key!r} of {shard}, "
            f"has {has}: name columns that it has, or run the stage that makes the others"
        )


def _filled(data: Any, sample: Sample) -> set[str]:
    """The columns that have a value in a sample, as its json says."""
    facts = _facts(data, sample)
    return {name for name, member in sample.members.items() if state_of(facts, name, member.size) == DONE}


def _facts(data: Any, sample: Sample, word: bytes = b"") -> dict[str, Any]:
    """The json of a sample; nothing where it is none, or does not hold the `word`."""
    facts: Any = None
    if (json := sample.members.get("json")) is not None and json.size:
        body = bytes(data[json.offset : json.offset + json.size])
        with suppress(ValueError, RecursionError):
            facts = decode_json(body) if word in body else None
    return facts if isinstance(facts, dict) else {}


def _body(data: Any, sample: Sample, name: str, shard: Place) -> bytes:
    member = sample.members[name]
    body = bytes(data[member.offset : member.offset + member.size])
    if member.crc32c is not None and crc32.iscsi(body) != member.crc32c:
        raise DamagedShard(f"{shard}: {member.name} differs from its checksum: restore the shard")
    return body
