"""The Hub as huggingface_hub reaches it, which brings cache, resume, tokens and retries; its errors become ours."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceshards.errors import FaceshardsError, SourceError, StorageError, UsageError
from faceshards.extras import missing
from faceshards.packing.ahead import ahead
from faceshards.packing.hub.address import HubAddress

_URL = re.compile(r"\w+://\S+")
_AT_A_TIME = 8
_TOKEN = "log in (hf auth login) or set HF_TOKEN to a token with the right to it"


@dataclass(frozen=True)
class HubFile:
    """A file of a data set: its path, bytes, and the digest that tells its content: `sha256` of a large file, else the
    `blob` id that git gives it.
    """

    path: str
    size: int
    sha256: str | None
    blob: str


class Hub:
    """One data set of the Hub. The address is `HF_ENDPOINT`'s where that is set, the token comes from its usual places
    (HF_TOKEN, `hf auth login`). Raises MissingExtra without huggingface_hub.
    """

    def __init__(self, address: HubAddress) -> None:
        try:
            import huggingface_hub
            from huggingface_hub.utils import disable_progress_bars
        except ImportError as error:
            raise missing(error, str(address)) or error from error
        if not sys.stderr.isatty():
            disable_progress_bars()
        self.address = address
        self._api = huggingface_hub.HfApi(endpoint=os.environ.get("HF_ENDPOINT"))
        self._repo: dict[str, Any] = {"repo_id": address.id, "repo_type": "dataset"}

    @property
    def page(self) -> str:
        """The data set's own page."""
        return f"{self._api.endpoint}/datasets/{self.address.id}"

    def pinned(self) -> tuple[str, dict[str, Any]]:
        """The commit that the revision leads to now, and what the data set's card says in its head. Raises UsageError
        where there is no such data set or revision, SourceError.
        """
        with hub_errors(self.address, SourceError):
            info = self._api.dataset_info(self.address.id, revision=self.address.revision)
        card: Any = info.card_data
        return str(info.sha), dict(card.to_dict()) if card else {}

    def files(self, revision: str | None = None) -> list[HubFile]:
        """All files below the address's path, or that file. Raises as `pinned` does."""
        revision = revision or self.address.revision
        with hub_errors(self.address, SourceError):
            rows = list(self._api.list_repo_tree(**self._repo, revision=revision, recursive=True))
        found = [_file(row) for row in rows if hasattr(row, "size")]
        path = self.address.path
        return [one for one in found if not path or one.path == path or one.path.startswith(f"{path}/")]

    def exists(self) -> bool:
        """Whether the data set is there and may be read. Raises SourceError."""
        with hub_errors(self.address, SourceError):
            return bool(self._api.repo_exists(**self._repo))

    def fetch(self, path: str, revision: str) -> Path:
        """A file of the data set in huggingface_hub's cache, fetched where it is not there yet. Raises SourceError."""
        with hub_errors(self.address, SourceError):
            return Path(self._api.hf_hub_download(**self._repo, filename=path, revision=revision))

    def fetch_all(self, paths: Sequence[str], revision: str, said: Callable[[int, int], None]) -> Path:
        """The folder of huggingface_hub's cache that holds these files, several fetched at a time; `said` is told
        (files there, in all). Raises SourceError.
        """
        top = Path()
        with ahead(paths, lambda path: self.fetch(path, revision), _AT_A_TIME) as fetched:
            for number, (path, local) in enumerate(fetched):
                said(number, len(paths))
                top = local.parents[path.count("/")]
        return top

    def create(self, private: bool) -> None:
        """Makes the data set where it is not there. Raises UsageError where it is, for everybody, and shall be private;
        StorageError.
        """
        with hub_errors(self.address, StorageError):
            self._api.create_repo(**self._repo, private=private or None, exist_ok=True)
            if private and not self._api.dataset_info(self.address.id).private:
                raise UsageError(f"{self.address}: is there and public: make it private on its page first")

    def commit(self, files: Mapping[str, Path | bytes], message: str) -> None:
        """Adds files, or replaces them, in one commit. Raises StorageError."""
        from huggingface_hub import CommitOperationAdd

        operations = [
            CommitOperationAdd(path, body if isinstance(body, bytes) else str(body)) for path, body in files.items()
        ]
        with hub_errors(self.address, StorageError):
            revision = self.address.revision
            self._api.create_commit(**self._repo, operations=operations, commit_message=message, revision=revision)


def _file(row: Any) -> HubFile:
    large = row.lfs
    return HubFile(row.path, int(row.size), large.sha256 if large else None, row.blob_id)


def git_blob(body: bytes) -> str:
    """The id that git gives a file of these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()


@contextmanager
def hub_errors(address: HubAddress, kind: type[SourceError] | type[StorageError]) -> Iterator[None]:
    """What huggingface_hub raises, as one line of ours with a remedy, and without what may be secret."""
    try:
        yield
    except FaceshardsError:
        raise
    except Exception as error:
        raise _told(address, kind, error) from error


def _told(address: HubAddress, kind: type[FaceshardsError], error: BaseException) -> FaceshardsError:
    from huggingface_hub import errors

    reasons = (
        (errors.GatedRepoError, kind, f"its owners ask for their consent: give yours on its page, and {_TOKEN}"),
        (
            errors.RepositoryNotFoundError,
            UsageError,
            f"no such data set, or a private one: check its name, or {_TOKEN}",
        ),
        (errors.RevisionNotFoundError, UsageError, "no such revision: name a branch, a tag or a commit of it"),
        (errors.EntryNotFoundError, UsageError, "no such file in it"),
        (errors.LocalTokenNotFoundError, kind, f"no token: {_TOKEN}"),
        (errors.OfflineModeIsEnabled, kind, "HF_HUB_OFFLINE forbids it to be asked: unset that"),
    )
    for known, ours, what in reasons:
        if isinstance(error, known):
            return ours(f"{address}: {what}")
    if isinstance(error, errors.HfHubHTTPError):
        status = getattr(error.response, "status_code", 0)
        return kind(f"{address}: the Hub answered {status}: {_TOKEN if status in (401, 403) else 'try again later'}")
    if error.__cause__ is not None:  # an upload's own error says less than what it came from
        return _told(address, kind, error.__cause__)
    what = _URL.sub("an address", (str(error).splitlines() or [""])[0])[:200]  # one may be signed
    return kind(f"{address}: {type(error).__name__}: {what}: check the connection and HF_ENDPOINT")
