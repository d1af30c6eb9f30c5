"""The inline runner, and what a job does with errors: real children that die, hang and are killed."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from faceshards.errors import StageError
from faceshards.jobs.child import Death, _buried
from faceshards.jobs.failure_limit import FailureLimit
from faceshards.jobs.inline import run_inline
from faceshards.jobs.journal import Journal
from faceshards.jobs.schedule import Schedule
from tests.jobs.sources import TOYS

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, *names: str, most_failures: FailureLimit | None = None, **rest) -> list:
    seen = []
    with closing(Schedule(TOYS, [str(folder / name) for name in names], seen.append, most_failures)) as schedule:
        run_inline(TOYS, schedule, **rest)
        assert sorted(report.source for report in seen) == sorted(report.source for report in schedule.reports)
        return schedule.reports


def test_one_bad_source_does_not_end_the_others(tmp_path):
    reports = run(tmp_path, "good-1", "damaged-1", "odd-1", "locked-1", "good-2")
    assert [Path(report.source).name for report in reports] == ["good-1", "damaged-1", "odd-1", "locked-1", "good-2"]
    assert reports[1].error.endswith("bytes are gone: restore it")
    assert "unexpected KeyError at sources.py:" in reports[2].error
    assert reports[3].error.endswith("no such file")
    assert [report.whole for report in reports] == [3, 0, 0, 0, 3]


def workers(*reports) -> set[str]:
    return {name for report in reports for name in report.counts if name.startswith("by-")}


def test_all_sources_are_done_by_one_child_which_is_another_process_and_gone_at_the_end(tmp_path):
    reports = run(tmp_path, "good-1", "good-2")
    (worker,) = workers(*reports)
    pids = {report.counts["closer"] for report in reports}
    assert len(pids) == 1 and worker.endswith(f"-{next(iter(pids))}") and os.getpid() not in pids
    assert not Path(f"/proc/{pids.pop()}").exists()


def test_a_source_with_nothing_to_do_needs_no_child(tmp_path):
    (report,) = run(tmp_path, "done-1")
    assert report.counts["closer"] == os.getpid()


def test_nobodys_lease_is_left(tmp_path):
    run(tmp_path, "good-1", "damaged-1", "bug-1", "good-2")
    assert not list(tmp_path.glob(".*.lock"))


def test_a_bug_in_a_stage_ends_the_run(tmp_path):
    reports = run(tmp_path, "good-1", "bug-1", "good-2")
    assert [Path(report.source).name for report in reports] == ["good-1", "bug-1"]
    assert reports[1].error == "stage faces, clip 'a': NameError" and "NameError: frame" in reports[1].bug


def test_so_does_one_in_the_engine_itself(tmp_path):
    (report,) = run(tmp_path, "call-1", "good-1")
    assert "TypeError" in report.error and "missing 1 required positional argument" in report.bug


def test_what_kills_the_child_or_hangs_costs_that_key_alone(tmp_path):
    killer, segv, hang, hopeless, good = run(tmp_path, "killer-1", "segv-1", "hang-1", "hopeless-1", "good-1")
    assert (killer.whole, killer.failed) == (segv.whole, segv.failed) == (2, {"stage": {"quarantined": 1}})
    assert (hang.whole, hang.failed) == (2, {"stage": {"timeout": 1}})
    assert "died 3 times in a row without progress, given up: exit status 1" in hopeless.error
    assert good.whole == 3


def test_what_takes_more_memory_than_a_worker_has_costs_that_key_alone(tmp_path):
    hungry, good = run(tmp_path, "hungry-1", "good-1", memory=300 << 20)
    assert (hungry.whole, hungry.failed) == (2, {"stage": {"out-of-memory": 1}})
    assert good.whole == 3


def test_a_worker_that_has_too_little_memory_to_begin_is_an_error_and_no_clips_fault(tmp_path):
    with pytest.raises(StageError, match=r"takes more memory than its 1\.05 MB before its first"):
        run(tmp_path, "endless-1", memory=1 << 20)
    assert not Journal(TOYS.journal(str(tmp_path / "endless-1"))).suspects


def test_more_failures_than_are_allowed_end_the_run_and_what_is_done_is_kept(tmp_path):
    reports = run(tmp_path, "good-1", "failing-1", "good-2", most_failures=FailureLimit.of("1"))
    assert [Path(report.source).name for report in reports] == ["good-1", "failing-1"]
    assert "--max-failures allows 1: what is finished is kept" in reports[1].error
    assert Journal(TOYS.journal(str(tmp_path / "failing-1"))).failed >= {"a", "b"}


def test_progress_is_told_over_all_sources(tmp_path):
    told = []
    run(tmp_path, "good-1", "good-2", advance=lambda done, known: told.append((done, known)))
    assert told[-1] == (6, 6) and [done for done, _ in told] == sorted(done for done, _ in told)
    assert {known for _, known in told} == {6}  # a source that is not open yet is taken to be like the others


SLOW = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # who starts tests in the background has it ignored
from faceshards.jobs.inline import run_inline
from faceshards.jobs.schedule import Schedule
from tests.jobs.sources import TOYS
run_inline(TOYS, Schedule(TOYS, sys.argv[1:]))
"""


def started(source: Path, done: int) -> tuple[subprocess.Popen, int]:
    """A run with a slow source of which so many keys are done, and its child."""
    process = subprocess.Popen([sys.executable, "-c", SLOW, str(source)], cwd=ROOT, start_new_session=True)
    while len(Journal(TOYS.journal(str(source))).ended) < done:
        assert process.poll() is None
        time.sleep(0.01)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return process, int(children[0])


def test_kills_from_outside_are_no_deaths_of_a_clip(tmp_path):
    source = tmp_path / "slow-1"
    process, child = started(source, 1)
    os.kill(child, signal.SIGKILL)  # another child goes on
    assert process.wait(60) == 0
    assert Journal(TOYS.journal(str(source))).ended == {"a", "b", "c"}
    assert not any(map(Journal(TOYS.journal(str(source))).quarantined, "abc"))


def test_a_watcher_that_is_killed_takes_its_child_with_it(tmp_path):
    for signals in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        source = tmp_path / f"endless-{signals}"
        process, child = started(source, 1)
        process.send_signal(signals)
        assert process.wait(60) != 0
        end = time.monotonic() + 30
        while Path(f"/proc/{child}").exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        assert not any(map(Journal(TOYS.journal(str(source))).quarantined, "abc"))


def test_a_child_that_died_when_the_journal_was_gone_is_no_error(tmp_path):
    assert _buried(tmp_path / "gone" / "journal", Death("host-1", "SIGKILL", None)) == 0
    assert not (tmp_path / "gone").exists()
