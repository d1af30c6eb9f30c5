"""kill -9 in the middle of a run, and a second run that completes it: the same bytes as a run that nobody disturbed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from faceshards.curation.work_folder import journal_path, work_folder
from faceshards.jobs.journal import Journal
from faceshards.jobs.report import Report, report_path
from faceshards.shards.reader import Shard
from tests.curation.conftest import ROOT_ENV

STAGES = "spectrogram,loudness,stylize"


def command(shard: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "faceshards", "curate", str(shard), "--stages", STAGES, *words]


def kill_after(shard: Path, clips: int, *words: str) -> None:
    """Starts the command and kills it, alone, as soon as so many clips are finished."""
    process = subprocess.Popen(command(shard, *words), env=ROOT_ENV, stdout=subprocess.DEVNULL)
    end = time.monotonic() + 90
    while len(Journal(journal_path(shard)).ended) < clips and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it ended before it could be killed"


@pytest.fixture
def undisturbed(shard: Path, tmp_path: Path) -> bytes:
    """The bytes of the shard that a run in one go makes."""
    copy = tmp_path / "undisturbed" / shard.name
    copy.parent.mkdir()
    copy.write_bytes(shard.read_bytes())
    subprocess.run(command(copy, "--inline"), env=ROOT_ENV, check=True, stdout=subprocess.DEVNULL)
    return copy.read_bytes()


def check(shard: Path, undisturbed: bytes, words: tuple[str, ...]) -> None:
    subprocess.run(command(shard, *words), env=ROOT_ENV, check=True, stdout=subprocess.DEVNULL)
    assert shard.read_bytes() == undisturbed
    assert not work_folder(shard).exists()
    names = {path.name for path in shard.parent.iterdir()}
    assert names == {"group.tar", "group.parquet", "group.curate.json"}
    report = Report.load(report_path(shard, "curate"))
    assert (report.seen, report.whole, report.failed) == (6, 3, {"spectrogram": {"no-sound": 3}})
    with Shard(shard) as opened:
        assert len(opened) == 6


def test_an_inline_run_killed_at_several_points(shard, undisturbed):
    for clips in (1, 2, 4):
        kill_after(shard, clips, "--inline")
        assert len(Journal(journal_path(shard)).ended) >= clips
    check(shard, undisturbed, ("--inline",))


def test_a_run_on_ray_killed_three_times_at_the_same_clip_quarantines_nothing(shard, undisturbed):
    pytest.importorskip("ray")
    for _ in range(3):
        kill_after(shard, 1, "--workers", "1")
    check(shard, undisturbed, ("--workers", "1"))
