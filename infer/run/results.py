"""Results on a disk: files of one name beside a json that says what they were made of, so that a second run knows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fastcrc import crc32

from faceshards.errors import UsageError
from faceshards.shards.storage.atomic import storage_errors, write_atomic
from faceshards.shards.storage.lease import lease

#: The run's report, in the folder of the results.
REPORT = "faceshards-infer.json"


class Results:
    """The results of inputs, below a folder, or (`single`) the one of a file's name.

    `made`: plain values that say by which networks and settings; `kinds`: what stands under a name, by its suffixes. A
    result is current where its json says the same of
    what it was made of and by, and its files are those that the json tells: so a killed run is gone on with.
    """

    def __init__(
        self,
        out: Path,
        made: Mapping[str, Any],
        *,
        single: bool = False,
        force: bool = False,
        kinds: Sequence[str] = (".png", ".json"),
    ) -> None:
        self.out, self.single, self.made, self.force, self.kinds = out, single, dict(made), force, kinds

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within its block nobody else writes results there: two networks' would get mixed. Raises StorageError where
        somebody does, or nobody can: before any work.
        """
        folder, known = (self.out.parent, self.out) if self.single else (self.out, self.out / REPORT)
        is_new = not folder.exists()
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        try:
            with lease(known, work="faceshards infer"):
                yield
        finally:
            if is_new:
                with suppress(OSError):  # it holds something
                    folder.rmdir()

    def is_report(self, name: str) -> bool:
        """Whether an input's results would stand where the run's report does."""
        return not self.single and with_suffix(self.stem(name), ".json") == self.out / REPORT

    def stem(self, name: str) -> Path:
        """The path of an input's results, without a suffix."""
        return self.out.with_suffix("") if self.single else self.out / name

    def standing(self, name: str) -> list[Path]:
        """The files under which results of this name would stand, and something does already."""
        return [path for path in (with_suffix(self.stem(name), kind) for kind in self.kinds) if path.exists()]

    def is_current(self, name: str, read: Mapping[str, Any]) -> bool:
        """Whether nothing is to be done for an input of this name and content.

        Raises UsageError where results of something else stand under its name, unless they are to be replaced.
        """
        record = self._told(name)
        ours = record is not None and (record.get("made"), record.get("read")) == (self.made, dict(read))
        if record is not None and ours:
            return self._whole(name, record.get("files"))
        if not self.force and (standing := self.standing(name)):
            raise UsageError(
                f"{standing[0]} was made of something else, or by other networks or settings: name another --out, "
                "or replace it with --force"
            )
        return False

    def write(self, name: str, read: Mapping[str, Any], files: Mapping[str, bytes], record: Mapping[str, Any]) -> None:
        """Writes the files (suffix -> bytes) and the json of an input, each whole or not there. Raises StorageError."""
        stem = self.stem(name)
        contents = {suffix: _content(body) for suffix, body in files.items()}
        told = {**record, "files": contents, "made": self.made, "read": dict(read)}
        for folder in {stem.parent, *(with_suffix(stem, suffix).parent for suffix in files)}:
            with storage_errors(folder):
                folder.mkdir(parents=True, exist_ok=True)
        # The json first: files that do not fit it are made anew, while files without one might be anybody's.
        write_atomic(with_suffix(stem, ".json"), as_json(told), durable=False)
        for suffix, body in files.items():
            write_atomic(with_suffix(stem, suffix), body, durable=False)

    def _told(self, name: str) -> dict[str, Any] | None:
        with suppress(OSError, ValueError):
            record = json.loads(with_suffix(self.stem(name), ".json").read_bytes())
            return record if isinstance(record, dict) else None
        return None

    def _whole(self, name: str, files: Any) -> bool:
        """Whether the files that a json tells (suffix -> content) are those that stand there."""
        stem = self.stem(name)
        with suppress(OSError):
            return isinstance(files, dict) and all(
                _content(with_suffix(stem, suffix).read_bytes()) == content for suffix, content in files.items()
            )
        return False


def as_json(value: Any) -> bytes:
    """A JSON file."""
    return json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"


def with_suffix(stem: Path, suffix: str) -> Path:
    """The suffix behind a name that may have dots in it; behind / it is a file in the folder of this name."""
    return Path(f"{stem}{suffix}")


def _content(body: bytes) -> list[int]:
    return [len(body), crc32.iscsi(body)]
