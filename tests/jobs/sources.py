"""Work for the runners' tests: three keys a source, whose name says what goes wrong. Not a test module."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from faceshards.errors import DamagedShard, StageBug
from faceshards.jobs.job import Portion, slots
from faceshards.jobs.journal import Journal
from faceshards.jobs.report import Report
from faceshards.jobs.watch import Watchdog, WorkStep
from faceshards.shards.storage.lease import Lease, lease

KEYS = ("a", "b", "c")


class OpenToy:
    """A source, and which of its keys are to be done."""

    def __init__(self, source: str) -> None:
        self.held: Lease = lease(Path(source))
        self.journal = Journal(TOYS.journal(source))
        self.items = [] if kind_of(source) == "done" else list(items_of(source))
        self.journal.start(len(self.items))
        self.report = None if self.items else TOYS.close(source, self.held)


class Toys:
    """`killer`: the second key ends the process; `segv`, `hang`, `hungry`, `hopeless`, `damaged`, `bug`, `odd`, `slow`,
    `endless`; `done` has nothing to do, `many-x40` 40 keys; of `orphan` the first worker that closes it is killed.
    """

    command = "test"

    def journal(self, source: str) -> Path:
        folder = Path(source + ".work")
        folder.mkdir(exist_ok=True)
        return folder / "journal"

    def open(self, source: str) -> OpenToy:
        if kind_of(source) == "locked":
            raise DamagedShard(f"{source}: no such file")
        return OpenToy(source)

    def work(self, portion: Portion, by: str) -> None:
        kind = kind_of(portion.source)
        if kind == "hopeless":
            os._exit(1)
        if kind == "damaged":
            raise DamagedShard(f"{portion.source}: bytes are gone: restore it")
        if kind == "odd":
            raise KeyError("frames")
        if kind == "bug":
            raise StageBug("stage faces, clip 'a': NameError") from NameError("frame")
        if kind == "call":
            self.work(portion)  # type: ignore[call-arg]
        journal = Journal(self.journal(portion.source), by)
        for key in (name(item) for item in portion.items):
            if not (journal.quarantined(key) or journal.timeouts(key) or key in journal.ended):
                _one(journal, key, kind)
                journal.end(key, failed=kind == "failing")

    def close(self, source: str, held: Lease, lines: Sequence[bytes] = ()) -> Report:
        held.check()
        once = Path(source + ".work") / "once"
        if kind_of(source) == "orphan" and not once.exists():
            once.touch()
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(60)
        journal, report = Journal(self.journal(source)), Report("test", source)
        report.add_count("lines", len(lines))
        for key in map(name, items_of(source)):
            if codes := journal.quarantined(key):
                report.add_failed("stage", *codes.values())
            elif journal.timeouts(key):
                report.add_failed("stage", "timeout")
            else:
                assert key in journal.ended or kind_of(source) == "done"
                report.add_whole()
        for place in Path(source + ".work").glob("by-*"):
            report.add_count(place.name, place.stat().st_size)
        report.add_count("closer", os.getpid())
        report.add_count("driver", os.getppid())
        return report.close()

    def forget(self, source: str) -> None:
        with (Path(source + ".work") / "forgotten").open("a") as file:
            file.write(f"{os.getpid()}\n")


TOYS = Toys()


def kind_of(source: str) -> str:
    return Path(source).name.split("-")[0]


def items_of(source: str) -> range:
    return range(int(source.rpartition("x")[2]) if kind_of(source) == "many" else len(KEYS))


def name(item: int) -> str:
    return KEYS[item] if item < len(KEYS) else f"k{item}"


def _one(journal: Journal, key: str, kind: str) -> None:
    def expired(step: WorkStep) -> str:
        journal.timed_out(key, step.name)
        return "too slow"

    journal.begin(key)
    with journal.path.with_name(f"by-{journal.by}").open("ab") as mine:
        mine.write(b".")  # a mark a key, so that a worker that is killed here leaves no half of a number
    limit = 60 if kind == "hungry" else 0.5
    with Watchdog(slots(journal.path, journal.by), limit, expired) as watch, watch.at(WorkStep((key,), "stage")):
        if key == "b":
            if kind == "killer":
                os._exit(9)
            if kind == "segv":
                os.kill(os.getpid(), signal.SIGSEGV)
            if kind == "hang":
                time.sleep(60)
            if kind == "hungry":
                held = []
                while True:
                    held.append(bytearray(b"x" * (16 << 20)))
    if kind == "many":
        time.sleep(0.05)
    if kind in ("slow", "endless"):
        time.sleep(0.5 if kind == "slow" or key == "a" else 60)
