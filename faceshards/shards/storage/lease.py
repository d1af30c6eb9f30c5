"""A lease on a shard: of two writers one waits or is told so; a killed one's lease is gone with it.

On a disk the lease is an advisory lock (flock) on `.NAME.lock` beside the shard. The kernel (on NFS the server) keeps
it, so neither clocks nor host names nor leftover files matter: whoever holds the lock holds the lease, and a dead
process holds none. `remote.lease` says what it is in a store.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from faceshards.errors import StorageError
from faceshards.shards.storage.atomic import storage_errors
from faceshards.shards.storage.remote.lease import store_lease
from faceshards.shards.storage.remote.options import StoreOptions
from faceshards.shards.storage.remote.upload import sweep
from faceshards.shards.storage.url import Place, Url

_NETWORK = ("nfs", "nfs4")
#: Mount options under which a network file system keeps locks on each host alone.
_LOCAL_LOCKS = ("nolock", "local_lock=all", "local_lock=flock")


@contextmanager
def lease(shard: Place, wait: bool = False, options: StoreOptions | None = None) -> Iterator[Callable[[], None]]:
    """Holds the lease of a shard, and gives a function that raises StorageError where it was lost meanwhile.

    Under the lease, what a killed writer left in a store is swept. Raises StorageError when another writer holds it
    (unless `wait`), or when the file system keeps locks on each host alone (NFS mounted with nolock or local_lock).
    """
    if isinstance(shard, Url):
        with store_lease(shard, options or StoreOptions(), wait) as held:
            sweep(shard, options or StoreOptions())
            yield held.check
    else:
        with _file_lease(shard, wait):
            yield lambda: None  # the kernel takes a lock from the dead only


@contextmanager
def _file_lease(shard: Path, wait: bool) -> Iterator[None]:
    refuse_local_locks(shard.parent)
    lock = shard.with_name(f".{shard.name}.lock")
    fd = _acquire(shard, lock, wait)
    try:
        yield
    finally:
        os.unlink(lock)
        os.close(fd)


def _acquire(shard: Path, lock: Path, wait: bool) -> int:
    while True:
        with storage_errors(lock):
            fd = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(fd)
            raise StorageError(f"{shard}: another process is writing it: wait for that run to end") from None
        if _is_still(fd, lock):
            return fd
        os.close(fd)  # its last holder removed the file between our open and our lock


def _is_still(fd: int, lock: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), os.stat(lock))
    except FileNotFoundError:
        return False


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
