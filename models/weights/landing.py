"""A model file comes in: written under a temporary name, checked, and only then given its own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from faceshards.errors import StorageError, WeightsError
from faceshards.models.weights.model_file import Weights

#: Bytes that a file without a published size may have.
MAX_BYTES = 4 << 30

BytesProgress = Callable[[int], None]


def land(
    path: Path,
    weights: Weights,
    pieces: Iterable[bytes | memoryview],
    origin: str,
    sha256: str | None = None,
    progress: BytesProgress = lambda _: None,
) -> str:
    """Writes a file's bytes to `path` once they are known to be its own, and returns their sha256; beside a file
    without a published one it is recorded. `sha256` is one that must hold beside the published one.

    Raises WeightsError for other bytes, of which nothing is kept, and OSError where they cannot be written.
    """
    part = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        size, found = _copied(pieces, part, weights, origin, progress)
        _vouch(size, found, weights, origin, sha256)
        if weights.sha256 is None:
            record_path(path).write_text(f"{found}  {path.name}\n", encoding="ascii")
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink()
    return found


def record_path(path: Path) -> Path:
    """Where the hash of a user's own file is recorded, in the format of `sha256sum`."""
    return path.with_name(path.name + ".sha256")


def unwritable(path: Path, error: OSError, remedy: str) -> StorageError:
    """The error of a file that cannot be written."""
    return StorageError(f"{path} cannot be written: {error.strerror}; free space or mend its permissions, or {remedy}")


def _copied(
    pieces: Iterable[bytes | memoryview], part: Path, weights: Weights, origin: str, progress: BytesProgress
) -> tuple[int, str]:
    limit = MAX_BYTES if weights.size is None else weights.size
    hashed = hashlib.sha256()
    size = 0
    with part.open("wb") as out:
        for piece in pieces:
            size += len(piece)
            if size > limit:
                raise WeightsError(f"{origin} is not {weights.name}: it has more than {limit} bytes; nothing was kept")
            hashed.update(piece)
            out.write(piece)
            progress(size)
        out.flush()
        os.fsync(out.fileno())
    return size, hashed.hexdigest()


def _vouch(size: int, found: str, weights: Weights, origin: str, sha256: str | None) -> None:
    """WeightsError unless the bytes have the published size and hash, and the hash that was named, if any."""
    wanted = {digest.lower() for digest in (weights.sha256, sha256) if digest is not None}
    if wanted - {found} or size != (weights.size or size):
        raise WeightsError(
            f"{origin} is not {weights.name}: sha256 {found} ({size} bytes), must be {' and '.join(sorted(wanted))}; "
            "nothing was kept"
        )
