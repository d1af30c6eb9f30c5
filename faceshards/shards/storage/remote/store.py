"""A store of objects: ranged reads that are pinned to one version, lists, and puts under a condition."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import lru_cache
from typing import Any

from faceshards.errors import ShardError, StorageError
from faceshards.shards.storage.remote.aws_files import stamps
from faceshards.shards.storage.remote.options import StoreOptions
from faceshards.shards.storage.remote.reasons import reason, unanswered, without_secrets
from faceshards.shards.storage.url import Url
from faceshards.shards.storage.version import CHANGED, Changed, Version

_ENVIRONMENT = ("AWS_", "GOOGLE_", "AZURE_")
_USED_BY: dict[str, int] = {}
_WEB = ("http", "https")


class NoObject(ShardError):
    """There is no such object."""

    exit_code = 2


class NoAnswer(StorageError):
    """The store did not say what became of a request: it may have been carried out, or not."""


class Store:
    """All objects below a root (`s3://bucket`). Requests that fail for a while are made again, for a while.

    Raises StorageError where the store refuses, `NoAnswer` where it stays silent, `NoObject` for an object that is not
    there, `Changed` for one of another version. No message holds a credential.
    """

    def __init__(self, root: Url, options: StoreOptions) -> None:
        self.root, self.options = root, options
        with store_errors(root):
            from obstore.store import from_url

            self._store = from_url(root.root, **options.arguments(root))

    def head(self, key: str) -> Version:
        """What is there."""
        import obstore

        with store_errors(self._url(key)):
            return _version(obstore.head(self._mine(), key))

    def read(
        self, key: str, start: int = 0, stop: int | None = None, etag: str | None = None
    ) -> tuple[bytes | memoryview, Version]:
        """Bytes [start, stop) of an object (at most to its end) and the version that they are of; with `etag` of that
        version only.
        """
        import obstore

        wish: Any = {} if etag is None else {"if_match": etag}
        if start or stop is not None:
            wish["range"] = {"offset": start} if stop is None else (start, stop)
        with store_errors(self._url(key)):
            answer = obstore.get(self._mine(), key, options=wish)
            version = _version(answer.meta)
            body = memoryview(answer.bytes())
        wanted = min(version.size, version.size if stop is None else stop) - start
        if len(body) != wanted or (etag is not None and version.etag not in (None, etag)):
            raise StorageError(
                f"{self._url(key)}: {len(body)} bytes came of {wanted}: try again, or look for a proxy on the way"
            )
        return body, version

    def put(self, key: str, body: bytes, *, etag: str | None = None, new: bool = False) -> str | None:
        """Writes an object whole, in one request, and gives its ETag; with `etag` only over that version, with `new`
        only where there is none. Raises `Changed` where the condition does not hold.
        """
        import obstore

        mode: Any = "create" if new else {"e_tag": etag} if etag else "overwrite"
        with store_errors(self._url(key)):
            return obstore.put(self._mine(), key, body, mode=mode, use_multipart=False)["e_tag"]

    def delete(self, key: str) -> None:
        """Removes an object."""
        import obstore

        with store_errors(self._url(key)):
            obstore.delete(self._mine(), key)

    def delete_all(self, keys: Sequence[str]) -> None:
        """Removes objects, a thousand in a request; those that are gone already are no error."""
        import obstore

        try:
            with store_errors(self._url(next(iter(keys), ""))):
                obstore.delete(self._mine(), list(keys))
        except (
            NoObject,
            StorageError,
        ):  # S3 does not tell what is gone; some that speak as it does know no such request
            for key in keys:
                with suppress(NoObject):
                    self.delete(key)

    def list(self, prefix: str) -> Iterator[tuple[str, Version]]:
        """The objects below a prefix (whole parts of their paths), each key with its version."""
        import obstore

        with store_errors(self._url(prefix)):
            for page in obstore.list(self._mine(), prefix or None):
                for meta in page:
                    yield meta["path"], _version(meta)

    def _mine(self) -> Any:
        # obstore's threads stay behind in the process that first used them: after a fork it would wait for ever.
        if _USED_BY.setdefault("process", os.getpid()) != os.getpid():
            raise StorageError(
                f"{self.root.root}: this process was forked from one that had used stores: start workers by spawn "
                "or forkserver (multiprocessing_context='spawn')"
            )
        return self._store

    def _url(self, key: str) -> Url:
        return Url(self.root.root, key)


def open_store(root: str, options: StoreOptions) -> Store:
    """The store of a root; one for each options and environment, so that its connections are shared."""
    return _open_store(root, options, told())


def told() -> tuple[tuple[str, str], ...]:
    """What the environment says of stores, and which files of ~/.aws do."""
    return tuple(sorted(item for item in os.environ.items() if item[0].startswith(_ENVIRONMENT))) + tuple(stamps())


@lru_cache(maxsize=64)
def _open_store(root: str, options: StoreOptions, environment: tuple[tuple[str, str], ...]) -> Store:
    return Store(Url(root, ""), options)


@contextmanager
def store_errors(url: Url) -> Iterator[None]:
    """Turns what obstore raises about an object into our errors, in one line each.

    Theirs are not chained: they quote the URL with its query (a signature), and a dump of many lines.
    """
    from obstore import exceptions as theirs

    shown = without_secrets(str(url)) if url.scheme in _WEB else str(url)
    try:
        yield
    except FileNotFoundError:
        raise NoObject(f"{shown}: no such object: {_look(url)}") from None
    except (theirs.PreconditionError, theirs.AlreadyExistsError):
        raise Changed(f"{shown}: {CHANGED}") from None
    except (theirs.BaseError, ValueError, OSError) as error:
        kind = NoAnswer if unanswered(error) else StorageError
        raise kind(f"{shown}: {reason(error, url.scheme)}") from None


def _look(url: Url) -> str:
    if url.scheme in _WEB:  # has no list
        return "check the name"
    return f"check the name: `faceshards inspect {url.parent}` lists what is there"


def _version(meta: Any) -> Version:
    written = meta["last_modified"]
    return Version(
        meta["size"], meta["e_tag"], round(written.timestamp() * 1e9) if isinstance(written, datetime) else 0
    )
