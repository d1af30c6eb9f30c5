"""One object, read by ranges of one version of it, or scanned as if it lay in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from threading import Lock

from faceshards.shards.storage.extent import RemoteExtent
from faceshards.shards.storage.remote.cache import Cache
from faceshards.shards.storage.remote.options import StoreOptions
from faceshards.shards.storage.remote.store import NoObject, open_store
from faceshards.shards.storage.spans import joined_list, pieces_of, taken
from faceshards.shards.storage.url import Url
from faceshards.shards.storage.version import Version

# Bytes that cost less to read than another request.
_GAP = 64 * 1024
_MOST_AT_ONCE = 16
# A front record with its header, in most shards.
_FIRST = 16 * 1024
# Of a scan: bytes that are read ahead at first and at most, and blocks that are kept.
_LEAST_AHEAD, _MOST_AHEAD = 16 * 1024, 4 << 20
_KEPT = 4


class RemoteFile:
    """An object as it is at the time of opening: every read is of that version, or raises `Changed`.

    The first request brings the size, the ETag and the first bytes (`first`), in which a shard's front record stands.
    With a known `version` there is no such request. What was read once comes from the `cache`, where there is one.
    `requests` and `bytes_read` count what this object cost.
    """

    takes_caches = False

    def __init__(
        self,
        url: Url,
        options: StoreOptions | None = None,
        version: Version | None = None,
        cache: Cache | None = None,
    ) -> None:
        self.place, self._cache, self._lock = url, cache, Lock()
        self.store = open_store(url.root, options or StoreOptions())
        if version is not None:
            self.version, self.first, self.requests, self.bytes_read = version, b"", 0, 0
            return
        body, self.version = self.store.read(url.key, 0, _FIRST)
        self.first = bytes(body)
        self.requests, self.bytes_read = 1, len(self.first)

    @property
    def size(self) -> int:
        """Bytes of the object."""
        return self.version.size

    def data(self) -> Sliced:
        """The object for a scan."""
        return Sliced(self)

    @cached_property
    def _ahead(self) -> Sliced:
        return Sliced(self)

    def extent(self, offset: int, size: int, crc32c: int | None) -> RemoteExtent:
        """A span of this version as a body that is streamed."""
        return RemoteExtent(self._ahead, offset, size, crc32c)

    def start(self, size: int) -> bytes:
        """The first bytes, at most `size`."""
        return self.first[:size] if size <= len(self.first) else self.read(0, min(size, self.size))

    def is_current(self) -> bool:
        """Whether the URL still leads to this version: one request."""
        self.requests += 1
        return self.store.head(self.place.key) == self.version

    def beside(self, name: str) -> bytes | None:
        """The whole of a neighbouring object; None where there is none."""
        self.requests += 1
        try:
            body, _ = self.store.read(self.place.with_name(name).key)
        except NoObject:
            return None
        self.bytes_read += len(body)
        return bytes(body)

    def save_beside(self, name: str, body: bytes) -> None:
        """Writes a neighbouring object."""
        self.store.put(self.place.with_name(name).key, body)

    def close(self) -> None:
        """Nothing: connections are shared."""

    def read(self, offset: int, size: int) -> bytes:
        """Bytes [offset, offset + size)."""
        return self.read_many([(offset, size)])[0]

    def view(self, offset: int, size: int) -> memoryview:
        """Bytes [offset, offset + size), read."""
        return memoryview(self.read(offset, size))

    def expect(self, extents: Sequence[tuple[int, int]]) -> None:
        """Nothing: a view is read when it is made."""

    def read_many(self, extents: Sequence[tuple[int, int]]) -> list[bytes]:
        """The bytes of several (offset, size), in their order; neighbours are read together, spans side by side."""
        wanted = [(offset, offset + size) for offset, size in extents]
        pieces = pieces_of(joined_list(wanted, _GAP))
        if len(pieces) > 1:
            with ThreadPoolExecutor(min(_MOST_AT_ONCE, len(pieces))) as pool:
                bodies = list(pool.map(self._span, pieces))
        else:
            bodies = [self._span(piece) for piece in pieces]
        starts = [start for start, _ in pieces]
        return [bytes(taken(starts, bodies.__getitem__, *span) or b"") for span in wanted]

    def _span(self, span: tuple[int, int]) -> bytes | memoryview:
        start, stop = span
        if self._cache is None or self.version.etag is None:
            return self._fetched(start, stop - start)
        return self._cache.read(self.place, self.version.etag, self.size, start, stop - start, self._fetched)

    def _fetched(self, offset: int, size: int) -> bytes | memoryview:
        body = self.store.read(self.place.key, offset, offset + size, etag=self.version.etag)[0]
        with self._lock:
            self.requests += 1
            self.bytes_read += len(body)
        return body


class Sliced:
    """`data[a:b]` and `len(data)` of a remote file.

    A slice that follows on the last one doubles what is read ahead, another begins small again: small members come many
    a request, and the bodies of large ones are skipped.
    """

    def __init__(self, file: RemoteFile) -> None:
        self._file = file
        self._blocks: OrderedDict[int, bytes] = OrderedDict({0: file.first})
        self._ahead = _LEAST_AHEAD

    @property
    def place(self) -> str:
        """The object's URL."""
        return str(self._file.place)

    def __len__(self) -> int:
        return self._file.size

    def __getitem__(self, span: slice) -> bytes:
        start, stop, _ = span.indices(len(self))
        for at, block in reversed(self._blocks.items()):
            if at <= start and stop <= at + len(block):
                return block[start - at : stop - at]
        return self._load(start, max(start, stop))[: stop - start]

    def _load(self, start: int, stop: int) -> bytes:
        last, block = next(reversed(self._blocks.items()))
        follows = last <= start <= last + len(block)
        self._ahead = min(2 * self._ahead, _MOST_AHEAD) if follows else _LEAST_AHEAD
        body = self._file.read(start, min(max(stop - start, self._ahead), len(self) - start))
        self._blocks[start] = body
        self._blocks.move_to_end(start)
        if len(self._blocks) > _KEPT:
            self._blocks.popitem(last=False)
        return body
