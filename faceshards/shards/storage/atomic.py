"""A file appears under its name whole or not at all: written beside it, synced, renamed.

The temporary file `.NAME.RANDOM.tmp` stays locked (flock) while its writer lives, so a later run can tell a leftover of
a killed one and sweep it. A link stays a link: what it leads to is replaced. The new file has the old one's rights.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType

from faceshards.errors import StorageError
from faceshards.shards.storage.rights import keep_rights

_NO_FALLOCATE = {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}
_NO_LOCKS = "the file system keeps no locks: mount it with them (Lustre: -o flock), or write elsewhere"
_REMEDIES = {
    errno.ENOSPC: "the disk is full: free space or write elsewhere",
    errno.EDQUOT: "the quota is used up: free space or write elsewhere",
    errno.EFBIG: "the file may not grow that large: raise the limit or split with --max-bytes",
    errno.EACCES: "permission is missing: check the folder's owner and mode",
    errno.EPERM: "permission is missing: check the folder's owner and mode",
    errno.EROFS: "the file system is read-only: write elsewhere",
    errno.ENOENT: "the folder is gone: make it again",
    errno.ENOTDIR: "what should be its folder is a file: name another",
    errno.ENAMETOOLONG: "the name is too long: name it shorter by 20 letters",
    errno.ELOOP: "a link stands where none may: remove it",
    errno.EIO: "the device failed: check the disk",
    errno.ENOLCK: _NO_LOCKS,
    errno.ENOSYS: _NO_LOCKS,
    errno.EOPNOTSUPP: _NO_LOCKS,
}


@contextmanager
def storage_errors(path: object, stands: Callable[[], str] | None = None) -> Iterator[None]:
    """Turns an OSError on `path` into a StorageError that says what to do and, given `stands`, what is there now."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0)
        if remedy is None:
            raise
        after = f" ({stands()})" if stands else ""
        raise StorageError(f"{path}: {error.strerror}: {remedy}{after}") from error


class AtomicFile:
    """A new file in the making. As a context manager it is removed unless `commit` was called.

    `fd` is open for reading and writing; `expected_bytes` are allocated at once, so that a full disk fails before the
    first byte. `durable=False` spares the syncs: for what a re-run can make again. The file has the rights of the one
    that it replaces, or else of `like`. Raises StorageError, also where something stands there that is no file.
    """

    def __init__(self, path: Path, expected_bytes: int = 0, *, durable: bool = True, like: Path | None = None) -> None:
        self.path = Path(path)
        self.target = behind(self.path)
        self.durable = durable
        self._like = like
        with self.errors():
            self.old = _file_at(self.target)
            sweep(self.target)
            self.fd, self.temporary = self._opened()
        try:
            with self.errors():
                self._allocate(expected_bytes)
        except BaseException:
            self.discard()
            raise

    def errors(self) -> AbstractContextManager[None]:
        """`storage_errors` of this file, which say what stands."""
        return storage_errors(self.path, lambda: standing(self.path))

    def _opened(self) -> tuple[int, Path]:
        """A temporary file and its lock. A sweep may find it between the two: then the next one is ours."""
        mode = 0o644 if self.old is None and self._like is None else 0o600  # until it is given the rights that it keeps
        while True:
            temporary = self.target.with_name(f".{self.target.name}.{secrets.token_hex(4)}.tmp")
            fd = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX)  # a sweep holds it for a moment
                if leads_to(temporary, fd):
                    return fd, temporary
            except BaseException:
                temporary.unlink(missing_ok=True)
                os.close(fd)
                raise
            os.close(fd)

    def _allocate(self, size: int) -> None:
        if not size:
            return
        try:
            os.posix_fallocate(self.fd, 0, size)
        except OSError as error:
            if error.errno not in _NO_FALLOCATE:
                raise

    def commit(self, check: Callable[[], None] = lambda: None) -> None:
        """Syncs the file, renames it over its name and syncs the folder. `check` is the last thing before the rename:
        what it raises keeps the file from appearing.
        """
        with self.errors():
            self._take_rights()
            if self.durable:
                os.fsync(self.fd)
        check()
        with self.errors():
            os.replace(self.temporary, self.target)
        os.close(self.fd)
        self.fd = -1
        if self.durable:
            with storage_errors(self.path, lambda: f"the new {self.path.name} stands, unless the power is cut now"):
                sync_folder(self.target.parent)

    def _take_rights(self) -> None:
        for one in (self._like if self.old is None else None, self.target):
            if one is not None:
                keep_rights(self.fd, one)

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


def write_atomic(path: Path, body: bytes, *, durable: bool = True, like: Path | None = None) -> None:
    """Writes a small file whole or not at all, as an AtomicFile. Raises StorageError."""
    with AtomicFile(path, durable=durable, like=like) as file:
        with file.errors():
            write_all(file.fd, memoryview(body), 0)
        file.commit()


def standing(path: Path) -> str:
    """What a write that failed before its end left under a name: in words, for the end of an error's line."""
    return f"{path.name} stands as it was" if os.path.exists(path) else f"no {path.name} was made"


def behind(path: Path) -> Path:
    """The file that a link leads to; any other path as it is."""
    return Path(os.path.realpath(path)) if os.path.islink(path) else path


def leads_to(path: Path, fd: int) -> bool:
    """Whether a name still leads to an open file."""
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path))
    except FileNotFoundError:
        return False


def _file_at(path: Path) -> os.stat_result | None:
    """What stands there; None where nothing does."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        kind = "folder" if stat.S_ISDIR(found.st_mode) else "device or a pipe"
        raise StorageError(f"{path} is a {kind}: name a file")
    return found


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
