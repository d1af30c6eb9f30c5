"""Model files that the machines of a cluster share in a store: each fetches what it needs once, and keeps it.

PREFIX/yunet_n_640.onnx         by one of its names in the registry
PREFIX/dover.onnx.sha256        beside a file without a published hash: as `faceshards weights add` writes it

KEPT/<sha256>/yunet_n_640.onnx  here, once its bytes were checked: files of several prefixes do not meet
KEPT/<sha256>/lock              whoever fetches it has this; the others of this machine wait, and find it there
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from faceshards.errors import WeightsError
from faceshards.models.weights.landing import land, record_path, unwritable
from faceshards.models.weights.model_file import Weights
from faceshards.shards.storage.remote import NoObject, Store, StoreOptions, Version, open_store
from faceshards.shards.storage.url import Url

# Bytes of a request.
_PIECE = 8 << 20
# Of a record: the hash, two blanks, a name.
_RECORD = 4096
_SHA256 = re.compile(rb"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class SharedWeights:
    """Model files below a `prefix` of a store; those that were fetched are `kept` in a folder of this machine.

    Raises StorageError where the store refuses or stays silent.
    """

    prefix: Url
    kept: Path

    def look(self, weights: Weights) -> Url | None:
        """Where the file lies, its size alone compared: one request; None where it is not there. Raises WeightsError
        for a file of another size.
        """
        found = self._found(weights)
        if found is None:
            return None
        url, version = found
        if weights.size is not None and version.size != weights.size:
            raise WeightsError(
                f"{url} is not {weights.name}: it has {version.size} bytes, must have {weights.size}: "
                "copy the right file there"
            )
        return url

    def recorded(self, weights: Weights) -> str | None:
        """The hash that stands beside a file of the user's own: a request; None where there is none. Raises
        WeightsError for what is no hash.
        """
        for file in weights.files:
            url = self.prefix / record_path(Path(file)).name
            with suppress(NoObject):
                body, _ = self._store.read(url.key, 0, _RECORD)
                if (begins := _SHA256.match(bytes(body))) is None:
                    raise WeightsError(
                        f"{url} does not begin with a sha256: pin the file with `faceshards weights add`"
                    )
                return begins[0].decode().lower()
        return None

    def fetched(self, weights: Weights) -> Path | None:
        """The file on this machine; None where it is not below the prefix. Without a request where it was fetched
        before, but for the hash of a file that has no published one.

        Raises WeightsError, and keeps nothing, where its bytes are others, or nothing says which they must be.
        """
        wanted = weights.sha256 or self.recorded(weights)
        if wanted is None:
            if (url := self.look(weights)) is not None:
                raise WeightsError(
                    f"{url}: no publisher states the sha256 of {weights.name}, and there is no {url.name}.sha256 "
                    f"beside it: pin your file with `faceshards weights add {weights.name} FILE`, and copy both there"
                )
            return None
        path = self.kept / wanted / weights.files[0]
        if path.is_file():
            return path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with _alone(path.parent / "lock"):
                return path if path.is_file() else self._fetch(weights, path, wanted)
        except OSError as error:
            raise unwritable(path, error, "set HOME to a folder of this machine") from error

    def _fetch(self, weights: Weights, path: Path, wanted: str) -> Path | None:
        found = self._found(weights)
        if found is None:
            return None
        url, version = found
        land(path, weights, self._pieces(url, version), str(url), wanted)
        return path

    def _found(self, weights: Weights) -> tuple[Url, Version] | None:
        for file in weights.files:
            with suppress(NoObject):
                return self.prefix / file, self._store.head((self.prefix / file).key)
        return None

    def _pieces(self, url: Url, version: Version) -> Iterator[bytes | memoryview]:
        for start in range(0, version.size, _PIECE):
            yield self._store.read(url.key, start, min(start + _PIECE, version.size), version.etag)[0]

    @property
    def _store(self) -> Store:
        return open_store(self.prefix.root, StoreOptions())


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Inside, no other process of this machine is. Where the file system has no locks, each fetches for itself."""
    with path.open("a") as file:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
