"""Work for the runners' tests: three keys a source, whose name says what goes wrong. Not a test module."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from faceshards.errors import DamagedShard, StageBug
from faceshards.jobs.journal import Journal
from faceshards.jobs.report import Report
from faceshards.jobs.watch import Watchdog, WorkStep


def beside(source: str) -> Path:
    folder = Path(source + ".work")
    folder.mkdir(exist_ok=True)
    return folder / "journal"


def work(source: str) -> Report:
    """`killer`: the second key ends the process; `segv`, `hang`, `hopeless`, `damaged`, `bug`, `odd`, `slow`."""
    kind = Path(source).name.split("-")[0]
    if kind == "hopeless":
        os._exit(1)
    if kind == "damaged":
        raise DamagedShard(f"{source}: bytes are gone: restore it")
    if kind == "odd":
        raise KeyError("frames")
    if kind == "bug":
        raise StageBug("stage faces, clip 'a': NameError") from NameError("frame")
    if kind == "call":
        return work(source, most=1)  # type: ignore[call-arg]
    journal = Journal(beside(source))
    journal.start(3)
    report = Report("test", source)
    for key in ("a", "b", "c"):
        if journal.quarantined(key):
            report.add_failed("stage", "quarantined")
        elif journal.timeouts(key):
            report.add_failed("stage", "timeout")
        else:
            if key not in journal.ended:
                _one(journal, key, kind)
            report.add_whole()
    report.add_count("pid", os.getpid())
    return report.close()


def _one(journal: Journal, key: str, kind: str) -> None:
    def expired(step: WorkStep) -> str:
        journal.timed_out(key, step.name)
        return "too slow"

    journal.begin(key, "stage")
    with Watchdog(journal.path.with_name("slots"), 0.5, expired) as watch, watch.at(WorkStep((key,), "stage")):
        if key == "b":
            if kind == "killer":
                os._exit(9)
            if kind == "segv":
                os.kill(os.getpid(), signal.SIGSEGV)
            if kind == "hang":
                time.sleep(60)
    if kind in ("slow", "endless"):
        time.sleep(0.5 if kind == "slow" or key == "a" else 60)
    journal.end(key)
