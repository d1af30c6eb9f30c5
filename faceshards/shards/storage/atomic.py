"""A file appears under its name whole or not at all: written beside it, synced, renamed.

The temporary file `.NAME.RANDOM.tmp` stays locked (flock) while its writer lives, so a later run can tell a leftover of
a killed one and sweep it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from faceshards.errors import StorageError

_NO_FALLOCATE = {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}
_REMEDIES = {
    errno.ENOSPC: "the disk is full: free space or write elsewhere",
    errno.EDQUOT: "the quota is used up: free space or write elsewhere",
    errno.EFBIG: "the file may not grow that large: raise the limit or split with --max-bytes",
    errno.EACCES: "permission is missing: check the folder's owner and mode",
    errno.EPERM: "permission is missing: check the folder's owner and mode",
    errno.EROFS: "the file system is read-only: write elsewhere",
    errno.ENOENT: "the folder is gone: make it again",
    errno.EIO: "the device failed: check the disk",
}


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turns an OSError on `path` into a StorageError that says what to do."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0)
        if remedy is None:
            raise
        raise StorageError(f"{path}: {error.strerror}: {remedy}") from error


class AtomicFile:
    """A new file in the making. As a context manager it is removed unless `commit` was called.

    `fd` is open for reading and writing; `expected_bytes` are allocated at once, so that a full disk fails before the
    first byte.
    `durable=False` spares the syncs: for what a re-run can make again.
    """

    def __init__(self, path: Path, expected_bytes: int = 0, *, durable: bool = True) -> None:
        self.path = Path(path)
        self.durable = durable
        self.temporary = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}.tmp")
        sweep(self.path)
        with storage_errors(self.path):
            self.fd = os.open(self.temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with storage_errors(self.path):
                self._allocate(expected_bytes)
        except BaseException:
            self.discard()
            raise

    def _allocate(self, size: int) -> None:
        if not size:
            return
        try:
            os.posix_fallocate(self.fd, 0, size)
        except OSError as error:
            if error.errno not in _NO_FALLOCATE:
                raise

    def commit(self) -> None:
        """Syncs the file, renames it over its name and syncs the folder."""
        with storage_errors(self.path):
            if self.durable:
                os.fsync(self.fd)
            os.replace(self.temporary, self.path)
            os.close(self.fd)
            self.fd = -1
            if self.durable:
                sync_folder(self.path.parent)

    def discard(self) -> None:
        """Removes the temporary file; nothing happens after `commit`."""
        if self.fd >= 0:
            with suppress(OSError):
                os.unlink(self.temporary)
            os.close(self.fd)
            self.fd = -1

    def __enter__(self) -> AtomicFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


def write_atomic(path: Path, body: bytes) -> None:
    """Writes a small file whole or not at all. Raises StorageError."""
    with AtomicFile(path) as file:
        with storage_errors(path):
            write_all(file.fd, memoryview(body), 0)
        file.commit()


def write_all(fd: int, body: memoryview, offset: int) -> None:
    """pwrite until every byte is down."""
    while body:
        done = os.pwrite(fd, body, offset)
        body = body[done:]
        offset += done


def sync_folder(folder: Path) -> None:
    """fsync of a folder, so that a rename in it survives a power cut."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sweep(path: Path) -> list[Path]:
    """Removes the temporary files of `path` whose writers are dead; returns them."""
    swept = []
    for leftover in path.parent.glob(f".{_literal(path.name)}.*.tmp"):
        try:
            fd = os.open(leftover, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(leftover)
            swept.append(leftover)
        except OSError:
            continue  # its writer lives
        finally:
            os.close(fd)
    return swept


def _literal(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)
