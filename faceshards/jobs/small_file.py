"""Small files as a whole, on a disk or in a store: reports, and what stands beside shards."""

from __future__ import annotations

from faceshards.errors import StorageError
from faceshards.shards.storage.atomic import storage_errors, write_atomic
from faceshards.shards.storage.remote import NoObject, StoreOptions, open_store
from faceshards.shards.storage.url import Place, Url


def exists(where: Place) -> bool:
    """Whether something of this name is there. Raises StorageError where a store refuses to tell."""
    return etag_of(where) is not None if isinstance(where, Url) else where.exists()


def etag_of(where: Place) -> str | None:
    """The ETag of the object that is there; None where there is none, and of a file. Raises StorageError."""
    if not isinstance(where, Url):
        return None
    try:
        return open_store(where.root, StoreOptions()).head(where.key).etag or ""
    except NoObject:
        return None


def read_small(where: Place) -> bytes | None:
    """All bytes; None where there is no such file. Raises StorageError, and OSError of a disk."""
    try:
        if isinstance(where, Url):
            return bytes(open_store(where.root, StoreOptions()).read(where.key)[0])
        return where.read_bytes()
    except (NoObject, FileNotFoundError):
        return None


def write_small(where: Place, body: bytes) -> None:
    """Writes it whole or not at all, over what is there. Raises StorageError."""
    if isinstance(where, Url):
        open_store(where.root, StoreOptions()).put(where.key, body)
    else:
        write_atomic(where, body)


def remove(where: Place) -> None:
    """Removes it, where it is there. Raises StorageError."""
    if isinstance(where, Url):
        open_store(where.root, StoreOptions()).delete(where.key)
        return
    with storage_errors(where):
        where.unlink(missing_ok=True)


def make_folder(where: Place) -> None:
    """Makes a folder, and those above it; a store has none to make. Raises StorageError."""
    if isinstance(where, Url):
        return
    try:
        with storage_errors(where):
            where.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{where}: {error.strerror}: name another folder") from error
