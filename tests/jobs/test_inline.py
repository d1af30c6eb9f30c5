"""The inline runner, and what a job does with errors."""

import subprocess
import sys
from pathlib import Path

from faceshards.errors import DamagedShard, StageBug
from faceshards.jobs.inline import run_inline
from faceshards.jobs.job import Job
from faceshards.jobs.journal import Journal
from faceshards.jobs.report import Report

ROOT = Path(__file__).resolve().parents[2]


def beside(source: str) -> Path:
    return Path(source).with_suffix(".journal")


def work(source: str) -> Report:
    if "damaged" in source:
        raise DamagedShard("a.tar: bytes are gone: restore it")
    if "bug" in source:
        raise KeyError("frames")
    report = Report("curate", source)
    report.add_whole()
    return report.close()


def test_one_bad_source_does_not_end_the_others():
    seen = []
    reports = run_inline(Job("curate", work, beside), ["a", "damaged", "bug", "b"], seen.append)
    assert [report.source for report in reports] == ["a", "damaged", "bug", "b"]
    assert [report.error for report in reports][:2] == [None, "a.tar: bytes are gone: restore it"]
    assert reports[2].error.startswith("bug: unexpected KeyError at test_inline.py:")
    assert [report.whole for report in reports] == [1, 0, 0, 1]
    assert seen == reports


def test_a_bug_in_a_stage_ends_the_run():
    def buggy(source: str) -> Report:
        if source == "bug":
            raise StageBug("stage faces, clip 'a': NameError") from NameError("frame")
        return work(source)

    seen = []
    reports = run_inline(Job("curate", buggy, beside), ["a", "bug", "b"], seen.append)
    assert [report.source for report in reports] == ["a", "bug"] and seen == reports
    assert reports[1].error == "stage faces, clip 'a': NameError" and "NameError: frame" in reports[1].bug


def test_so_does_one_in_the_engine_itself():
    def buggy(source: str) -> Report:
        return work(source, most=1)  # type: ignore[call-arg]

    (report,) = run_inline(Job("curate", buggy, beside), ["a", "b"])
    assert "TypeError" in report.error and "unexpected keyword argument" in report.bug


CRASH = f"""
import os, sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from faceshards.jobs.inline import run_inline
from faceshards.jobs.job import Job
from faceshards.jobs.journal import Journal
from faceshards.jobs.report import Report

def beside(source):
    return Path(source + ".journal")

def work(source):
    journal = Journal(beside(source))
    journal.start(3)
    report = Report("curate", source)
    for key in ("a", "killer", "b"):
        if key in journal.ended:
            report.add_whole()
        elif journal.quarantined(key):
            report.add_failed("stage", "quarantined")
        else:
            journal.begin(key, "stage")
            if key == "killer":
                os._exit(9)
            journal.end(key)
            report.add_whole()
    return report.close()

(report,) = run_inline(Job("curate", work, beside), [sys.argv[1]])
print(report.whole, report.failed)
"""


def test_a_key_that_ends_the_process_twice_is_left_alone_the_third_time(tmp_path):
    runs = [
        subprocess.run([sys.executable, "-c", CRASH, str(tmp_path / "x")], capture_output=True, text=True)
        for _ in range(3)
    ]
    assert [run.returncode for run in runs] == [9, 9, 0]
    assert runs[2].stdout == "2 {'stage': {'quarantined': 1}}\n"
    assert Journal(tmp_path / "x.journal").ended == {"a", "b"}
