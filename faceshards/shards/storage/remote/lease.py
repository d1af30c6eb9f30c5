"""A lease on an object of a store: of two writers one waits or is told so; a dead one's is taken over.

The lease is an object `.NAME.lock` beside the shard, made only where none is (If-None-Match). Its holder writes it anew
every `BEAT` seconds, each time with other bytes, so that its ETag changes. Whoever wants it and sees the same ETag for
`SILENCE` seconds *on a clock of its own* takes it over on condition of that ETag: no host's time and no host's name is
ever compared. A holder that was only slow notices that its lease is another's, and stops before it completes; should it
complete all the same, the condition on the shard's own ETag lets one of the two win.

A request whose answer is lost may have been carried out. The lease begins with a word that nobody else has, so what
became of it is asked: one look at what stands there.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

from faceshards.errors import FaceshardsError, StorageError
from faceshards.shards.storage.holder import busy, sign
from faceshards.shards.storage.remote.options import StoreOptions
from faceshards.shards.storage.remote.store import NoAnswer, NoObject, Store, open_store
from faceshards.shards.storage.url import Url
from faceshards.shards.storage.version import Changed

#: Seconds between two signs of life of a holder, and without one until it counts as dead.
BEAT, SILENCE = 5.0, 20.0
# A write that nobody answers is made again so often, after waits that double.
_TRIES, _FIRST_WAIT = 7, 0.1
# Seconds that giving the lease up waits for a sign of life that is on its way.
_PARTING = 1.0


class StoreLease:
    """Holds the lease of an object until `release`. Raises StorageError where another writer lives, after `patience`
    seconds.
    """

    def __init__(
        self,
        url: Url,
        options: StoreOptions,
        *,
        work: str = "",
        patience: float = 0.0,
        beat: float | None = None,
        silence: float | None = None,
    ) -> None:
        self._url = url
        self._beat, self._silence = BEAT if beat is None else beat, SILENCE if silence is None else silence
        self._store: Store = open_store(url.root, options)
        self._key = url.with_name(f".{url.name}.lock").key
        self._holder, self._says, self._count = secrets.token_hex(8), sign(work), 0
        self._ended = threading.Event()
        self.lost = False
        self._etag = self._acquire(patience)
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def _acquire(self, patience: float) -> str | None:
        """The ETag of a lease that is ours. A holder is believed to live when its lease changes before our eyes."""
        seen, since, end = "", time.monotonic(), time.monotonic() + patience
        while True:
            with suppress(Changed):
                return self._write(new=True)
            with suppress(NoObject):
                body, version = self._store.read(self._key)
                if (etag := version.etag or "") != seen:
                    if seen and time.monotonic() >= end:
                        raise busy(self._url, bytes(body).partition(b"|")[2])
                    seen, since = etag, time.monotonic()
                if time.monotonic() - since > self._silence:
                    with suppress(Changed):
                        return self._write(etag=etag)
            time.sleep(min(self._beat, self._silence) / 4)

    def _write(self, *, etag: str | None = None, new: bool = False) -> str | None:
        """Writes the lease on a condition, and gives its ETag. Raises `Changed` where another's stands there."""
        self._count += 1
        body = f"{self._holder} {self._count} | {self._says}\n".encode()
        for again in range(_TRIES):
            try:
                return self._store.put(self._key, body, etag=etag, new=new)
            except (Changed, NoAnswer) as error:  # of an earlier try it may be that the condition no longer holds
                ours, found = self._look()
                if ours:
                    return found
                if isinstance(error, Changed) or again == _TRIES - 1:
                    raise
            _pause(again)
        raise AssertionError("the last try returns or raises")

    def _look(self) -> tuple[bool, str | None]:
        """Whether the lease that stands there is ours, and its ETag."""
        with suppress(NoObject):
            body, version = self._store.read(self._key)
            return bytes(body).startswith(self._holder.encode()), version.etag
        return False, None

    def _live(self) -> None:
        while not self._ended.wait(self._beat):
            try:
                self._etag = self._write(etag=self._etag)
            except Changed:
                self.lost = True
                return
            except FaceshardsError:
                continue  # the store may come back; if it does not, the shard is not written either

    def check(self) -> None:
        """Raises StorageError where the lease was taken over: this process seemed dead."""
        if self.lost or not self._look()[0]:
            raise StorageError(
                f"{self._url}: this process was silent for so long that another writes it now: run again"
            )

    def release(self) -> None:
        """Gives the lease up; nothing happens the second time. A store that does not answer keeps it for `SILENCE`."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._thread.join(_PARTING)  # what is still on its way writes over the ETag that it knows, or nothing
        with suppress(FaceshardsError):
            self._remove()

    def _remove(self) -> None:
        for again in range(_TRIES):
            if self.lost or not self._look()[0]:
                return
            with suppress(NoAnswer):
                return self._store.delete(self._key)
            _pause(again)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _pause(again: int) -> None:
    time.sleep(_FIRST_WAIT * 2**again * random.uniform(0.5, 1))
