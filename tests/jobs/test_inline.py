"""The inline runner, and what a job does with errors: real children that die, hang and are killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from faceshards.jobs.inline import run_inline
from faceshards.jobs.job import Job
from faceshards.jobs.journal import Journal
from tests.jobs.sources import beside, work

ROOT = Path(__file__).resolve().parents[2]
JOB = Job("test", work, beside)


def run(folder: Path, *names: str, **rest) -> list:
    return run_inline(JOB, [str(folder / name) for name in names], **rest)


def test_one_bad_source_does_not_end_the_others(tmp_path):
    seen = []
    reports = run(tmp_path, "good-1", "damaged-1", "odd-1", "good-2", finished=seen.append)
    assert [Path(report.source).name for report in reports] == ["good-1", "damaged-1", "odd-1", "good-2"]
    assert reports[1].error.endswith("bytes are gone: restore it")
    assert "unexpected KeyError at sources.py:" in reports[2].error
    assert [report.whole for report in reports] == [3, 0, 0, 3]
    assert seen == reports


def test_all_sources_are_done_by_one_child_which_is_another_process_and_gone_at_the_end(tmp_path):
    pids = {report.counts["pid"] for report in run(tmp_path, "good-1", "good-2")}
    assert len(pids) == 1 and os.getpid() not in pids
    assert not Path(f"/proc/{pids.pop()}").exists()


def test_a_bug_in_a_stage_ends_the_run(tmp_path):
    reports = run(tmp_path, "good-1", "bug-1", "good-2")
    assert [Path(report.source).name for report in reports] == ["good-1", "bug-1"]
    assert reports[1].error == "stage faces, clip 'a': NameError" and "NameError: frame" in reports[1].bug


def test_so_does_one_in_the_engine_itself(tmp_path):
    (report,) = run(tmp_path, "call-1", "good-1")
    assert "TypeError" in report.error and "unexpected keyword argument" in report.bug


def test_what_kills_the_child_or_hangs_costs_that_key_alone(tmp_path):
    killer, segv, hang, hopeless, good = run(tmp_path, "killer-1", "segv-1", "hang-1", "hopeless-1", "good-1")
    assert (killer.whole, killer.failed) == (segv.whole, segv.failed) == (2, {"stage": {"quarantined": 1}})
    assert (hang.whole, hang.failed) == (2, {"stage": {"timeout": 1}})
    assert "died 3 times in a row without progress, given up: exit status 1" in hopeless.error
    assert good.whole == 3


def test_progress_is_told_over_all_sources(tmp_path):
    told = []
    run(tmp_path, "good-1", "good-2", advance=lambda done, known: told.append((done, known)))
    assert told[-1] == (6, 6) and told == sorted(told)


SLOW = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # who starts tests in the background has it ignored
from faceshards.jobs.inline import run_inline
from faceshards.jobs.job import Job
from tests.jobs.sources import beside, work
run_inline(Job("test", work, beside), sys.argv[1:])
"""


def started(source: Path, done: int) -> tuple[subprocess.Popen, int]:
    """A run with a slow source of which so many keys are done, and its child."""
    process = subprocess.Popen([sys.executable, "-c", SLOW, str(source)], cwd=ROOT, start_new_session=True)
    while len(Journal(beside(str(source))).ended) < done:
        assert process.poll() is None
        time.sleep(0.01)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return process, int(children[0])


def test_kills_from_outside_are_no_deaths_of_a_clip(tmp_path):
    source = tmp_path / "slow-1"
    process, child = started(source, 1)
    os.kill(child, signal.SIGKILL)  # another child goes on
    assert process.wait(60) == 0
    assert Journal(beside(str(source))).ended == {"a", "b", "c"}
    assert not any(map(Journal(beside(str(source))).quarantined, "abc"))


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
        assert not any(map(Journal(beside(str(source))).quarantined, "abc"))
