"""The shards that one run writes: which sample goes into which file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count, takewhile
from types import TracebackType

from faceshards.errors import StorageError
from faceshards.jobs.small_file import etag_of, exists
from faceshards.packing.sources.clip_list import RawClip
from faceshards.shards.append import tar_size
from faceshards.shards.schema.columns import VIDEO
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.atomic import storage_errors
from faceshards.shards.storage.url import Place
from faceshards.shards.tar.header import BLOCK, END
from faceshards.shards.writer import MemberBody, ShardWriter, Written

#: Room for a shard's front record (8 KiB and its header) and end mark, counted towards `max_bytes`.
_FRAME = BLOCK + 8192 + len(END)


class ShardNames:
    """The file names of a run's shards.

    All samples of a shard have the same columns, so each container has shards of its own. The one with the most clips
    (of equally many, the first in `columns.VIDEO`) is plain NAME.tar, each other one NAME-SUFFIX.tar; where the output
    is split, a number follows: NAME-00000.tar, NAME-SUFFIX-00000.tar. `containers` is the column of each clip; of those
    that are packed, rejected clips count too, so that the names depend on the source's own names alone.
    """

    def __init__(self, folder: Place, name: str, containers: Iterable[str], split: bool) -> None:
        counts, rank = Counter(containers), {column: place for place, column in enumerate(VIDEO)}
        self.columns = sorted(counts, key=lambda column: (-counts[column], rank.get(column, len(rank)), column))
        self._folder = folder
        self._name = name
        self._split = split

    def path(self, column: str, number: int = 0) -> Place:
        """The file of a column's shard `number`."""
        suffix = "" if column == self.columns[0] else f"-{column}"
        return self._folder / f"{self._name}{suffix}{f'-{number:05d}' if self._split else ''}.tar"

    def standing(self) -> Iterator[Place]:
        """The files of these names that are there already, numbered ones up to the first gap."""
        for column in self.columns:
            numbers = count() if self._split else range(1)
            yield from takewhile(exists, (self.path(column, number) for number in numbers))


class Output:
    """The open shards of a run, one a column. As a context manager it finishes them; an exception discards them.

    `expected` is the number of bytes that are known to come, a column; their space is taken at once, so that a full
    disk fails early. `may_write(path)` is asked before a shard is begun and raises where it must not be replaced;
    `done` is called with each finished shard. `first` is the number of a column's first shard, where an earlier run
    made those before it.
    """

    def __init__(
        self,
        names: ShardNames,
        provenance: Mapping[str, Iterable[Provenance]],
        *,
        expected: Mapping[str, int],
        max_bytes: int | None,
        may_write: Callable[[Place], None],
        done: Callable[[Written], None],
        first: Mapping[str, int] | None = None,
    ) -> None:
        self._names = names
        self._provenance = provenance
        self._expected = Counter(expected)
        self._max_bytes = max_bytes
        self._may_write = may_write
        self._done = done
        self._open: dict[str, ShardWriter] = {}
        self._bytes: Counter[str] = Counter()
        self._numbers: Counter[str] = Counter(first or {})

    def add(self, column: str, key: str, members: Mapping[str, MemberBody]) -> None:
        """Appends a sample to its column's shard; begins the next one where it would grow beyond the limit."""
        size = tar_size(key, members)
        if column in self._open and self._max_bytes and self._bytes[column] + size > self._max_bytes:
            self._finish(column)
        if column not in self._open:
            self._begin(column)
        self._bytes[column] += size
        self._open[column].add(key, members)

    def _begin(self, column: str) -> None:
        path = self._names.path(column, self._numbers[column])
        expected = min(self._expected[column], self._max_bytes or self._expected[column])
        made_by, etag = self._provenance[column], etag_of(path)
        self._open[column] = ShardWriter(path, provenance=made_by, expected_bytes=expected, etag=etag)
        self._may_write(path)  # under the lease: what stands there now stays until we replace it
        self._bytes[column] = _FRAME
        self._numbers[column] += 1

    def _finish(self, column: str) -> None:
        written = self._open[column].close()
        del self._open[column]
        self._expected[column] = max(0, self._expected[column] - written.bytes)
        self._done(written)

    def __enter__(self) -> Output:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            while kind is None and self._open:
                self._finish(next(iter(self._open)))
        finally:
            for writer in self._open.values():
                _discard(writer)


def _discard(writer: ShardWriter) -> None:
    """Leaves a writer as an exception does: its temporary file goes, the final name stays untouched."""
    writer.__exit__(GeneratorExit, None, None)


def provenance(clips: Iterable[RawClip], made: Callable[[RawClip], Provenance]) -> dict[str, list[Provenance]]:
    """Column -> what makes it: a container's clips come from frames, from video files, or from both."""
    makers: dict[str, dict[str, Provenance]] = {}
    for clip in clips:
        if clip.column:
            one = made(clip)
            makers.setdefault(clip.column, {})[one.fingerprint] = one
    return {column: [makers[column][name] for name in sorted(makers[column])] for column in sorted(makers)}


def expected_bytes(clips: Iterable[RawClip], most: int | None) -> dict[str, int]:
    """Column -> bytes that its files will take; `most` is what the source has, whatever its entries claim."""
    sizes: Counter[str] = Counter()
    for clip in clips:
        if not clip.frames and not clip.fault:
            sizes[clip.column] += sum(entry.size for entry in clip.entries)
    return {column: size if most is None else min(size, most) for column, size in sizes.items()}


@contextmanager
def one_line(folder: Place) -> Iterator[None]:
    """Every OSError on the output becomes a StorageError, also where there is no remedy to tell."""
    try:
        with storage_errors(folder):
            yield
    except OSError as error:
        raise StorageError(f"{error.filename or folder}: {error.strerror}") from error
