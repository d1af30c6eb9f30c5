"""The journal of a source that several may work on: which key is in flight where, which killed its worker, which ran
out of time.

A text file of one JSON object a line, only ever appended to:

    {"start": 40, "retry": ["timeout"]}       a run takes up 40 keys; what was in flight before is forgotten, and so is
                                              why keys were given up, for the codes that are tried again
    {"begun": "clip-7", "by": "host-4711"}    written before the work, so that a death tells its keys
    {"ended": "clip-7", "failed": false, "codes": {}, "seconds": {"faces": 0.31}}
                                              `codes`: why stages of this run failed at it
    {"left": "clip-7"}                        not ended, but the worker lives: an error, or Ctrl-C
    {"timeout": "clip-7", "step": "faces"}    by the worker's own watchdog, just before it ends the process
    {"died": "clip-7", "step": "faces", "code": "quarantined"}
                                              by whoever saw the worker die: it was at this ("": nobody knows at what)
    {"lost": "host-4711"}                     likewise, of each worker that died
    {"suspect": "clip-7"}                     likewise, where it was one of several: next time it is alone

All but `begun`, `ended` and `left` are `LASTING`: a run on another machine must know them. They say when they were
written (`at`, nanoseconds since 1970), so that no two are alike, and one that comes by two ways counts once.

A line is one write() to a file opened with O_APPEND: the kernel has it when the process dies, however it dies.
Nothing is synced, because a power cut is not the clip's fault. Each line begins and ends with a line feed, so
that one torn by a full disk spoils no other.

Why deaths are written by the one who saw them: a run that is killed from outside, driver and workers together,
leaves a key in flight too, and that key is innocent.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from faceshards.jobs.journal_state import DEATHS as DEATHS
from faceshards.jobs.journal_state import JournalState
from faceshards.jobs.news import tell
from faceshards.jobs.watch import WorkStep
from faceshards.shards.storage.atomic import storage_errors

#: Kinds of lines that runs on other machines must know.
LASTING = ("start", "timeout", "died", "lost", "suspect")
# Bytes that are read at a time.
_READ = 1 << 20


class Journal(JournalState):
    """The journal at `path`, made when it is first written to, as the worker `by` keeps it; many processes and threads
    may write at the same time. What others wrote is known after `refresh`. `ended` are the keys that any run has
    finished, `fresh` those of the last run, and of these `failed` the ones that failed.
    """

    def __init__(self, path: Path, by: str = "") -> None:
        self.path = Path(path)
        super().__init__(by)
        self._read = 0
        self._fd: int | None = None
        self._heard: list[bytes] | None = None
        self.refresh()

    def __del__(self) -> None:
        if self._fd is not None:
            os.close(self._fd)

    def start(self, keys: int, retry: Iterable[str] = ()) -> None:
        """A run takes up the work on so many keys; what was given up for one of the codes `retry` is tried again."""
        self._write({"start": keys, "retry": sorted(retry)})

    def begin(self, key: str) -> None:
        """The work on `key` begins."""
        self._write({"begun": key, "by": self.by})

    def end(
        self,
        key: str,
        *,
        failed: bool = False,
        codes: Mapping[str, str] = MappingProxyType({}),
        seconds: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        """`key` is finished, whole or failed; `codes` are reasons by stage, `seconds` of work that were spent on it by
        step.
        """
        spent = {name: round(s, 6) for name, s in seconds.items()}
        self._write({"ended": key, "failed": failed, "codes": dict(codes), "seconds": spent})

    def leave(self, key: str) -> None:
        """`key` is not finished, and that is not its fault."""
        self._write({"left": key})

    def timed_out(self, key: str, step: str) -> None:
        """`key` did not come out of `step` within its time limit."""
        self._write({"timeout": key, "step": step})

    def died(self, steps: Sequence[WorkStep] = (), code: str = "quarantined") -> list[str]:
        """The worker `by` died while its threads were at `steps`, for a reason of `errors.REASONS`: returns the keys
        that it had in flight.

        Of one key the death is counted, under the steps of it. Of several none is blamed but one that alone was at
        work; the others are suspects, to be done one at a time, so that the next death names one.
        """
        keys = self.mine
        at_work = {key for step in steps for key in step.keys} & set(keys)
        guilty = next(iter(keys if len(keys) == 1 else at_work), None) if 1 in (len(keys), len(at_work)) else None
        if guilty is not None:
            for name in sorted({step.name for step in steps if guilty in step.keys}) or [""]:
                self._write({"died": guilty, "step": name, "code": code})
        for key in self.mine:
            self._write({"suspect" if guilty is None else "left": key})
        return keys

    def lose(self) -> None:
        """The worker `by` is gone in the midst of work, whoever is to blame."""
        self._write({"lost": self.by})

    def suspect(self, keys: Sequence[str]) -> None:
        """One of these keys, nobody knows which, did not come out of a step in time."""
        for key in keys:
            self._write({"suspect": key})

    def listen(self) -> None:
        """From now on what others write is told by `hear`: the file, which is not theirs on other machines, is read no
        more.
        """
        self._heard = self._heard or []

    def hear(self, line: bytes) -> None:
        """A line that another process wrote, here or on another machine."""
        if self._heard is not None and _lasts(line):
            self._heard.append(line)
        self._take_line(line)

    @property
    def heard(self) -> tuple[bytes, ...]:
        """The lines that were heard and must last."""
        return tuple(self._heard or ())

    def refresh(self) -> None:
        """Reads what was written since."""
        if self._heard is not None:
            return
        with storage_errors(self.path):
            fd = self._opened(os.O_RDWR | os.O_APPEND)
        if fd is None:
            return
        body = b""
        while more := os.pread(fd, _READ, self._read + len(body)):
            body += more
        whole = body.rfind(b"\n") + 1
        self._read += whole
        for line in filter(None, body[:whole].splitlines()):
            self._take_line(line)

    def _take_line(self, line: bytes) -> None:
        with suppress(ValueError, TypeError, RecursionError):  # a torn line, or none of ours
            self.take(json.loads(line))

    def lasting(self) -> bytes:
        """All lines that last, whoever wrote them."""
        with storage_errors(self.path):
            written = self.path.read_bytes() if self.path.exists() else b""
        return b"".join(line + b"\n" for line in filter(None, written.splitlines()) if _lasts(line))

    def take_over(self, others: Iterable[bytes]) -> None:
        """Adds the lasting lines of other machines' journals, each once."""
        known = set(self.lasting().splitlines())
        for line in (line for body in others for line in body.splitlines()):
            if line not in known and _lasts(line):
                known.add(line)
                self._append(line)

    def _write(self, line: dict[str, object]) -> None:
        if not line.keys().isdisjoint(LASTING):
            line["at"] = time.time_ns()
        written = json.dumps(line).encode()
        self._append(written)
        if self._heard is not None:
            self._take_line(written)
        tell(written)

    def _append(self, line: bytes) -> None:
        body = b"\n" + line + b"\n"
        with storage_errors(self.path):
            fd = self._opened(os.O_RDWR | os.O_APPEND | os.O_CREAT)
            assert fd is not None
            os.write(fd, body)
        self.refresh()

    def _opened(self, flags: int) -> int | None:
        """The file, which stays open; None where it is not there."""
        if self._fd is None:
            with suppress(FileNotFoundError):
                self._fd = os.open(self.path, flags | os.O_CLOEXEC, 0o644)
        return self._fd


def _lasts(line: bytes) -> bool:
    """Whether a line is of a kind that lasts."""
    with suppress(ValueError, RecursionError):
        found = json.loads(line)
        return isinstance(found, dict) and not found.keys().isdisjoint(LASTING)
    return False
