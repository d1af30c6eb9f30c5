"""The journal of judgements: a text file of one JSON object a line, only ever appended to, beside the shards.

    {"shard": "a.tar", "key": "clip-7", "verdict": "keep", "note": "", "by": "ada", "at": "...Z", "generation": "..."}

A line is one write() to a file opened with O_APPEND, synced, under a lock for the file systems whose appends are not
atomic: it is there when the server is killed at once. It begins and ends with a line feed, so that one torn by a full
disk spoils no other. Several servers may write one journal, and each reads what the others wrote.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from faceshards.dataset.judgements.judgement import Judgement
from faceshards.errors import UsageError
from faceshards.shards.storage.atomic import leads_to, storage_errors, write_all, write_atomic
from faceshards.shards.storage.url import Place, Url

#: The journal's name in the folder of its shards.
NAME = ".faceshards.judgements.jsonl"
# A folder of strangers may hold a link or a pipe of that name: neither is followed or waited for.
_SAFE = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class JudgementJournal:
    """The judgements on the shards of a folder: those that stand in it, and those in the user's own data folder, where
    they go of a store, of a folder that may not be written, of one where a link, a pipe or a file that may not be read
    has the journal's name, and, where `aside`, of any.

    `each`: (shard's name, key) -> who -> that person's last judgement, `none` included. `torn`: lines that are no
    judgement. Raises StorageError. For one thread at a time.
    """

    def __init__(self, folder: Place, aside: bool = False) -> None:
        self.folder = folder
        self.each: dict[tuple[str, str], dict[str, Judgement]] = {}
        self.torn = 0
        beside = None if isinstance(folder, Url) or not _readable(folder / NAME) else folder / NAME
        own = own_place(folder)
        self._files = [file for file in (beside, own) if file is not None]
        self.path = own if aside or beside is None or not _writable(beside) else beside
        self._read: dict[Path, tuple[int, int]] = {}
        self.refresh()

    def add(self, judgement: Judgement) -> None:
        """Writes it down; of a clock that went back, under the time of what this person said of the clip before."""
        before = self.each.get((judgement.shard, judgement.key), {}).get(judgement.by)
        judgement = replace(judgement, at=max(judgement.at, before.at if before else ""))
        line = b"\n" + json.dumps(judgement.record()).encode() + b"\n"
        with storage_errors(self.path):
            if self.path.parent != self.folder:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self.path) as fd:
                if (done := os.write(fd, line)) < len(line):
                    write_all(fd, memoryview(line)[done:], os.fstat(fd).st_size)
                os.fsync(fd)
        self.refresh()

    def refresh(self) -> bool:
        """Reads what was written since, by whomever; returns whether there was anything."""
        before = dict(self._read)
        if any(self._replaced(file) for file in self._files):
            self.each, self.torn = {}, 0
            self._read.clear()
        for file in self._files:
            with storage_errors(file):
                self._take(file)
        return self._read != before

    def speaks_of(self, shard: str, keys: frozenset[str]) -> bool:
        """Whether anything was said of any of these clips."""
        return any((shard, key) in self.each for key in keys)

    def forget(self, shard: str, keys: frozenset[str]) -> bool:
        """Leaves out all that was said of these clips of a shard. Returns whether there was anything."""
        found = False
        for file in filter(Path.exists, self._files if self.speaks_of(shard, keys) else ()):
            with storage_errors(file), _locked(file) as fd:
                lines = os.pread(fd, os.fstat(fd).st_size, 0).splitlines()
                kept = [line for line in lines if line and not _speaks_of(line, shard, keys)]
                if len(kept) < sum(map(bool, lines)):
                    write_atomic(file, b"".join(b"\n" + line + b"\n" for line in kept))
                    found = True
        self.refresh()
        return found

    def _replaced(self, file: Path) -> bool:
        """Whether another file took this name, or it lost lines."""
        held = self._read.get(file)
        if held is None:
            return False
        try:
            now = os.stat(file)
        except FileNotFoundError:
            return True
        return now.st_ino != held[0] or now.st_size < held[1]

    def _take(self, file: Path) -> None:
        try:
            fd = os.open(file, os.O_RDONLY | _SAFE)
        except FileNotFoundError:
            return
        with os.fdopen(fd, "rb") as open_file:
            start = self._read.get(file, (0, 0))[1]
            open_file.seek(start)
            body = open_file.read()
            whole = body.rfind(b"\n") + 1
            self._read[file] = (os.fstat(fd).st_ino, start + whole)
        for line in filter(None, body[:whole].splitlines()):
            self._take_line(line)

    def _take_line(self, line: bytes) -> None:
        try:
            one = Judgement.of(json.loads(line))
        except (ValueError, RecursionError, UsageError):
            self.torn += 1
            return
        persons = self.each.setdefault((one.shard, one.key), {})
        before = persons.pop(one.by, None)  # who speaks last stands last
        persons[one.by] = one if before is None or one.at >= before.at else before


def own_place(folder: Place) -> Path:
    """The journal of a folder in the user's own data folder (XDG base directories: `XDG_DATA_HOME`), under the folder's
    name and a hash of its whole path or URL.
    """
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    named = str(folder) if isinstance(folder, Url) else os.path.realpath(folder)
    mark = hashlib.blake2b(named.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    return home / "faceshards" / "judgements" / f"{folder.name or 'shards'}-{mark}.jsonl"


def latest(persons: dict[str, Judgement]) -> Judgement:
    """The last judgement on a clip, by whomever; of one time the one that stands last."""
    return max(enumerate(persons.values()), key=lambda one: (one[1].at, one[0]))[1]


def _readable(file: Path) -> bool:
    """Whether a journal can stand here: a plain file that may be read, or nothing yet."""
    try:
        found = os.lstat(file)
    except OSError:
        return True
    return stat.S_ISREG(found.st_mode) and os.access(file, os.R_OK)


def _writable(file: Path) -> bool:
    return os.access(file, os.W_OK) if file.exists() else os.access(file.parent, os.W_OK)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """A journal, made where it is missing, open to be read and appended to, and nobody else's for this while."""
    while True:
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _SAFE, 0o600)
        try:
            _let_others_write(fd, path)
            with suppress(OSError):  # a file system without locks
                fcntl.flock(fd, fcntl.LOCK_EX)
            if leads_to(path, fd):  # else clips were forgotten meanwhile: it is another file now
                yield fd
                return
        finally:
            os.close(fd)


def _let_others_write(fd: int, path: Path) -> None:
    """Whoever may write in the folder may judge: a new journal has the folder's rights."""
    if os.fstat(fd).st_size == 0:
        with suppress(OSError):
            os.fchmod(fd, os.stat(path.parent).st_mode & 0o666 | 0o600)


def _speaks_of(line: bytes, shard: str, keys: frozenset[str]) -> bool:
    try:
        one = json.loads(line)
    except (ValueError, RecursionError):
        return True  # a torn line may hold what is to go, and says nothing else
    return isinstance(one, dict) and one.get("shard") == shard and one.get("key") in keys
