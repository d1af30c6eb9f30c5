"""A lease on an object of a store: of two writers one waits or is told so; a dead one's is taken over.

The lease is an object `.NAME.lock` beside the shard, made only where none is (If-None-Match). Its holder writes it anew
every `BEAT` seconds, each time with other bytes, so that its ETag changes. Whoever wants it and sees the same ETag for
`SILENCE` seconds *on a clock of its own* takes it over on condition of that ETag: no host's time and no host's name is
ever compared. A holder that was only slow notices that its lease is another's, and stops before it completes; should it
complete all the same, the condition on the shard's own ETag lets one of the two win.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from faceshards.errors import FaceshardsError, StorageError
from faceshards.shards.storage.remote.options import StoreOptions
from faceshards.shards.storage.remote.store import NoObject, Store, open_store
from faceshards.shards.storage.url import Url
from faceshards.shards.storage.version import Changed

#: Seconds between two signs of life of a holder, and without one until it counts as dead.
BEAT, SILENCE = 5.0, 20.0


class StoreLease:
    """Holds the lease of an object until `release`. Raises StorageError where another writer lives (unless `wait`)."""

    def __init__(
        self, url: Url, options: StoreOptions, *, wait: bool = False, beat: float = BEAT, silence: float = SILENCE
    ) -> None:
        self._url, self._beat = url, beat
        self._store: Store = open_store(url.root, options)
        self._key = url.with_name(f".{url.name}.lock").key
        self._holder = secrets.token_hex(8)
        self._count = 0
        self._ended = threading.Event()
        self.lost = False
        self._etag = self._acquire(wait, silence)
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def _acquire(self, wait: bool, silence: float) -> str | None:
        seen, since = "", time.monotonic()
        while True:
            with suppress(Changed):
                return self._store.put(self._key, self._sign(), new=True)
            with suppress(NoObject):
                etag = self._store.head(self._key).etag or ""
                if etag != seen:
                    if seen and not wait:
                        raise StorageError(f"{self._url}: another process is writing it: wait for that run to end")
                    seen, since = etag, time.monotonic()
                if time.monotonic() - since > silence:
                    with suppress(Changed):
                        return self._store.put(self._key, self._sign(), etag=etag)
            time.sleep(min(self._beat, silence) / 4)

    def _sign(self) -> bytes:
        self._count += 1
        return f"{self._holder} {self._count}\n".encode()

    def _live(self) -> None:
        while not self._ended.wait(self._beat):
            try:
                self._etag = self._store.put(self._key, self._sign(), etag=self._etag)
            except Changed:
                self.lost = True
                return
            except FaceshardsError:
                continue  # the store may come back; if it does not, the shard is not written either

    def check(self) -> None:
        """Raises StorageError where the lease was taken over: this process seemed dead."""
        if self.lost:
            raise StorageError(
                f"{self._url}: this process was silent for so long that another writes it now: run again"
            )

    def release(self) -> None:
        """Gives the lease up."""
        self._ended.set()
        self._thread.join()
        if not self.lost:
            with suppress(FaceshardsError):
                self._store.delete(self._key)


@contextmanager
def store_lease(url: Url, options: StoreOptions, wait: bool = False) -> Iterator[StoreLease]:
    """Holds the lease of an object within a block."""
    held = StoreLease(url, options, wait=wait)
    try:
        yield held
    finally:
        held.release()
