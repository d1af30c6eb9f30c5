"""What the store holds: objects in files of a folder, replaced as a whole, and uploads in parts."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

_COPY = 1 << 20


class ReadsBytes(Protocol):
    """A connection or a file."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


@dataclass(frozen=True)
class Stored:
    """One version of an object: its file, bytes, ETag (quoted), and time of writing in seconds."""

    path: Path
    size: int
    etag: str
    written: float


@dataclass
class PendingUpload:
    """A multipart upload: bucket/key and part number -> its version."""

    key: str
    parts: dict[int, Stored] = field(default_factory=dict)


class Refused(Exception):
    """A request that S3 answers with an error: HTTP status and S3's code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Objects:
    """Objects by `bucket/key`. Safe for threads; a version that is being read outlives its replacement."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._objects: dict[str, Stored] = {}
        self._uploads: dict[str, PendingUpload] = {}
        self._names = itertools.count()
        self._lock = threading.Lock()

    def receive(self, source: ReadsBytes, size: int) -> Stored:
        """A version of `size` bytes read from a connection; it has no name yet."""
        path, digest, left = self._free(), hashlib.md5(usedforsecurity=False), size
        with path.open("wb") as file:
            while left:
                piece = source.read(min(left, _COPY))
                if not piece:
                    path.unlink()
                    raise Refused(400, "IncompleteBody")
                digest.update(piece)
                file.write(piece)
                left -= len(piece)
        return Stored(path, size, f'"{digest.hexdigest()}"', time.time())

    def get(self, key: str) -> Stored:
        """The version under a name."""
        with self._lock:
            if key not in self._objects:
                raise Refused(404, "NoSuchKey")
            return self._objects[key]

    def put(self, key: str, version: Stored, if_match: str | None, if_none_match: str | None) -> None:
        """Gives a version its name, where the conditions hold at that moment."""
        with self._lock:
            self._check(key, if_match, if_none_match)
            old = self._objects.get(key)
            self._objects[key] = version
        if old:
            old.path.unlink(missing_ok=True)

    def delete(self, key: str, if_match: str | None = None) -> None:
        """Removes an object; nothing happens where there is none."""
        with self._lock:
            self._check(key, if_match, None)
            old = self._objects.pop(key, None)
        if old:
            old.path.unlink(missing_ok=True)

    def names(self, prefix: str) -> list[tuple[str, Stored]]:
        """The objects whose `bucket/key` begins so, sorted."""
        with self._lock:
            return sorted((key, version) for key, version in self._objects.items() if key.startswith(prefix))

    def begin(self, key: str) -> str:
        """The id of a new upload."""
        with self._lock:
            upload = f"upload-{next(self._names)}"
            self._uploads[upload] = PendingUpload(key)
            return upload

    def add_part(self, upload: str, number: int, part: Stored) -> None:
        """Adds or replaces a part."""
        with self._lock:
            if upload not in self._uploads:
                raise Refused(404, "NoSuchUpload")
            self._uploads[upload].parts[number] = part

    def copy_part(self, source: str, start: int, stop: int) -> Stored:
        """Bytes [start, stop) of an object as a version of their own."""
        with self.get(source).path.open("rb") as file:
            file.seek(start)
            return self.receive(file, stop - start)

    def complete(
        self, upload: str, numbers: list[int], if_match: str | None, if_none_match: str | None
    ) -> tuple[str, Stored]:
        """Makes an object of an upload's parts, where the conditions hold at that moment."""
        with self._lock:
            if upload not in self._uploads:
                raise Refused(404, "NoSuchUpload")
            mine = self._uploads[upload]
            if not numbers or any(number not in mine.parts for number in numbers):
                raise Refused(400, "InvalidPart")
            parts = [mine.parts[number] for number in numbers]
            self._check(mine.key, if_match, if_none_match)
        version = self._joined(parts)
        self.put(mine.key, version, if_match, if_none_match)
        self.abort(upload)
        return mine.key, version

    def abort(self, upload: str) -> None:
        """Forgets an upload and its parts."""
        with self._lock:
            gone = self._uploads.pop(upload, None)
        for part in gone.parts.values() if gone else ():
            part.path.unlink(missing_ok=True)

    def uploads(self, prefix: str) -> list[tuple[str, str]]:
        """(bucket/key, id) of each unfinished upload."""
        with self._lock:
            return sorted((one.key, name) for name, one in self._uploads.items() if one.key.startswith(prefix))

    def _joined(self, parts: list[Stored]) -> Stored:
        path = self._free()
        with path.open("wb") as out:
            for part in parts:
                with part.path.open("rb") as file:
                    shutil.copyfileobj(file, out, _COPY)
        digests = b"".join(bytes.fromhex(part.etag.strip('"')) for part in parts)
        digest = hashlib.md5(digests, usedforsecurity=False).hexdigest()
        return Stored(path, os.stat(path).st_size, f'"{digest}-{len(parts)}"', time.time())

    def _check(self, key: str, if_match: str | None, if_none_match: str | None) -> None:
        here = self._objects.get(key)
        if if_match is not None and here is None:
            raise Refused(404, "NoSuchKey")
        if if_match is not None and here is not None and here.etag != if_match:
            raise Refused(412, "PreconditionFailed")
        if if_none_match == "*" and here is not None:
            raise Refused(412, "PreconditionFailed")

    def _free(self) -> Path:
        return self._folder / str(next(self._names))
