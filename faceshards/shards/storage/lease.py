"""A lease on a shard: of two writers one waits or is told so; a killed one's lease is gone with it.

On a disk the lease is an advisory lock (flock) on `.NAME.lock` beside the shard. The kernel (on NFS the server) keeps
it, so neither clocks nor host names nor leftover files matter: whoever holds the lock holds the lease, and a dead
process holds none. `remote.lease` says what it is in a store. What the lock says of its holder is for people to read.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Protocol, Self
from weakref import WeakSet

from faceshards.errors import StorageError
from faceshards.shards.storage.atomic import behind, leads_to, standing, storage_errors
from faceshards.shards.storage.holder import MOST, busy, sign
from faceshards.shards.storage.remote.lease import StoreLease
from faceshards.shards.storage.remote.options import StoreOptions
from faceshards.shards.storage.remote.upload import sweep
from faceshards.shards.storage.url import Place, Url

_NETWORK = ("nfs", "nfs4")
#: Mount options under which a network file system keeps locks on each host alone.
_LOCAL_LOCKS = ("nolock", "local_lock=all", "local_lock=flock")
_PAUSE = 0.1
# Devices of which it is known that they keep locks: a millisecond saved a shard.
_LOCKING: set[int] = set()


class Lease(Protocol):
    """The right to write one shard, until it is released."""

    def check(self) -> None:
        """Raises StorageError where the lease is no longer ours."""

    def release(self) -> None:
        """Gives it up; nothing happens the second time."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Unneeded:
    """The lease of who writes nothing."""

    def check(self) -> None:
        """It holds."""

    def release(self) -> None:
        """There is nothing to give up."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def lease(shard: Place, *, work: str = "", patience: float = 0.0, options: StoreOptions | None = None) -> Lease:
    """Takes the lease of a shard, whose file need not be there yet; all links to one file have one. Use as a context
    manager, or `release` it.

    `work` names what is being done, by default the command. Whoever finds another writer waits for `patience` seconds.
    What a killed writer left in a store is given up. Raises StorageError when another writer holds the lease, and when
    the file system keeps locks on each host alone (NFS mounted with nolock or local_lock).
    """
    if not isinstance(shard, Url):
        return FileLease(shard, work, patience)
    held = StoreLease(shard, options or StoreOptions(), work=work, patience=patience)
    try:
        sweep(shard, options or StoreOptions())
    except BaseException:
        held.release()
        raise
    return held


class FileLease:
    """The lease of a file on a disk. A child that is forked has none of it: a loader's worker would outlive its parent
    by seconds, and keep the lock for as long.
    """

    _held: ClassVar[WeakSet[FileLease]] = WeakSet()

    def __init__(self, shard: Path, work: str = "", patience: float = 0.0) -> None:
        self._shard, file = shard, behind(shard)
        with storage_errors(shard):
            device = os.stat(file.parent).st_dev
            if device not in _LOCKING:
                refuse_local_locks(file.parent)
                _LOCKING.add(device)
        self._lock = file.with_name(f".{file.name}.lock")
        self._fd = self._acquire(patience)
        self._held.add(self)
        with suppress(OSError):  # on a full disk nobody learns who it is
            os.write(self._fd, sign(work).encode()[:MOST].ljust(MOST))

    def _acquire(self, patience: float) -> int:
        end = time.monotonic() + patience
        while True:
            with storage_errors(self._shard, lambda: standing(self._shard)):
                fd = _opened(self._lock)
                try:
                    held = _locked(fd)
                    if held and leads_to(self._lock, fd):
                        return fd
                    said = os.pread(fd, MOST, 0)
                except BaseException:
                    os.close(fd)
                    raise
                os.close(fd)
            if held:  # its last holder removed the file between our open and our lock
                continue
            if time.monotonic() >= end:
                raise busy(self._shard, said)
            time.sleep(_PAUSE)

    def check(self) -> None:
        """Raises StorageError where somebody removed the lock: then another may write, too."""
        if not leads_to(self._lock, self._fd):
            raise StorageError(
                f"{self._shard}: its lock {self._lock.name} was removed while it was written: another may write it "
                "now: run again"
            )

    def release(self) -> None:
        """Gives the lease up; the lock goes. Nothing happens the second time."""
        if self._fd >= 0:
            with suppress(OSError):
                if leads_to(self._lock, self._fd):
                    os.unlink(self._lock)
            os.close(self._fd)
            self._fd = -1

    @classmethod
    def forget(cls) -> None:
        """Leaves the leases of this process to another one, without giving them up: what a forked child begins with."""
        for one in list(cls._held):
            if one._fd >= 0:
                os.close(one._fd)
                one._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


os.register_at_fork(after_in_child=FileLease.forget)


def _opened(lock: Path) -> int:
    """The lock's file, made where it is missing: whoever may write in its folder may take the lock."""
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
    while True:
        with suppress(FileNotFoundError):
            return os.open(lock, flags)
        with suppress(FileExistsError):
            fd = os.open(lock, flags | os.O_CREAT | os.O_EXCL, 0o600)
            os.fchmod(fd, os.stat(lock.parent).st_mode & 0o666 | 0o600)
            return fd


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def refuse_local_locks(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> None:
    """Raises StorageError when `folder` lies on a network mount whose locks other hosts do not see."""
    place = str(folder.resolve())
    best, kind, options = "", "", ""
    for line in mounts.read_text("utf-8", "surrogateescape").splitlines() if mounts.exists() else ():
        before, _, after = line.partition(" - ")
        point = before.split()[4].encode().decode("unicode_escape")
        if (place == point or place.startswith(point.rstrip("/") + "/")) and len(point) >= len(best):
            best, (kind, _, options) = point, [*after.split(maxsplit=2), "", "", ""][:3]
    bad = set(options.split(",")) & set(_LOCAL_LOCKS)
    if kind in _NETWORK and bad:
        raise StorageError(
            f"{folder}: {kind} mounted with {', '.join(sorted(bad))}: two hosts could both write: mount it with locking"
        )
