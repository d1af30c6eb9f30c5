"""kill -9 in the middle of a run, and a second run that completes it: the same bytes as a run that nobody disturbed."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from faceshards.curation.work_folder import journal_path
from faceshards.jobs.journal import DEATHS, Journal
from faceshards.jobs.report import Report, report_path
from faceshards.jobs.work_place import work_folder
from faceshards.shards.reader import Shard
from tests.curation.conftest import ROOT_ENV, sample, write_shard

STAGES = "spectrogram,loudness,stylize"


def command(shard: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "faceshards", "curate", str(shard), "--stages", STAGES, *words]


def kill_at_work(shard: Path, *words: str, ended: int = 0) -> None:
    """Starts the command and kills it, alone, as soon as it has a clip in hand and so many are finished."""
    before = _starts(shard)
    process = subprocess.Popen(command(shard, *words), env=ROOT_ENV, stdout=subprocess.DEVNULL)
    end = time.monotonic() + 90
    while process.poll() is None and time.monotonic() < end:
        journal = Journal(journal_path(shard))
        if _starts(shard) > before and journal.in_flight and len(journal.ended) >= ended:
            break
        time.sleep(0.005)
    process.kill()
    assert process.wait() == -signal.SIGKILL, "it ended before it could be killed"


def _starts(shard: Path) -> int:
    path = journal_path(shard)
    return path.read_text().count('"start"') if path.exists() else 0


@pytest.fixture(scope="module")
def undisturbed(bodies: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of `shard` as a run in one go makes them."""
    people = {name: sample(name, body, identity=name[:5]) for name, body in bodies.items()}
    copy = write_shard(tmp_path_factory.mktemp("undisturbed") / "group.tar", people)
    subprocess.run(command(copy, "--inline"), env=ROOT_ENV, check=True, stdout=subprocess.DEVNULL)
    return copy.read_bytes()


def check(shard: Path, undisturbed: bytes, words: tuple[str, ...]) -> None:
    subprocess.run(command(shard, *words), env=ROOT_ENV, check=True, stdout=subprocess.DEVNULL)
    assert shard.read_bytes() == undisturbed
    assert not work_folder(shard).exists()
    names = {path.name for path in shard.parent.iterdir()}
    assert names == {"group.tar", "group.parquet", "group.curate.json"}
    report = Report.load(report_path(shard, "curate"))
    assert (report.seen, report.whole, report.failed) == (6, 6, {})
    with Shard(shard) as opened:
        assert len(opened) == 6


def test_an_inline_run_killed_twice(shard, undisturbed):
    kill_at_work(shard, "--inline")
    kill_at_work(shard, "--inline", ended=3)
    assert len(Journal(journal_path(shard)).ended) >= 3
    check(shard, undisturbed, ("--inline",))


def test_a_run_on_ray_killed_twice_quarantines_nothing(tmp_path, bodies):
    pytest.importorskip("ray")
    people = {f"{name} {i}": sample(name, body) for i in range(5) for name, body in bodies.items()}
    shard = write_shard(tmp_path / "data" / "group.tar", people)
    for _ in range(2):  # a worker outlives its driver by 2 s and goes on meanwhile: some clips
        kill_at_work(shard, "--workers", "1")
    assert _starts(shard) == 2
    subprocess.run(command(shard, "--workers", "1"), env=ROOT_ENV, check=True, stdout=subprocess.DEVNULL)
    report = Report.load(report_path(shard, "curate"))
    assert (report.seen, report.whole, report.failed) == (30, 30, {})


def test_sigterm_leaves_the_clip_without_a_death(shard, undisturbed):
    for _ in range(DEATHS):
        before = _starts(shard)
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        process = subprocess.Popen(command(shard, "--inline"), env=ROOT_ENV, **silent)
        while process.poll() is None and not (_starts(shard) > before and Journal(journal_path(shard)).in_flight):
            time.sleep(0.005)
        process.terminate()
        assert process.communicate()[1] == b"" and process.returncode == 143
        journal = Journal(journal_path(shard))
        assert not journal.suspects and not any(map(journal.quarantined, journal.in_flight))
    check(shard, undisturbed, ("--inline",))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGTERM, 143, ""), (signal.SIGINT, 130, "clips are done, and kept")]
)
def test_a_run_on_ray_that_is_asked_to_end_says_what_stands_and_blames_nobody(shard, number, code, said):
    pytest.importorskip("ray")
    process = subprocess.Popen(
        command(shard, "--workers", "1"),
        env=ROOT_ENV,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while process.poll() is None and not Journal(journal_path(shard)).in_flight:
        time.sleep(0.005)
    process.send_signal(number)
    lines = process.communicate()[1].splitlines()
    assert process.returncode == code and said in "".join(lines[:1]) and len(lines) == (2 if said else 0)
    assert not Journal(journal_path(shard)).suspects


@pytest.mark.slow
def test_sigterm_while_ray_starts_is_sigterm(shard):
    pytest.importorskip("ray")
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command(shard, "--workers", "1"), env=ROOT_ENV, **silent)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None and not children.read_text():  # Ray's first server
        time.sleep(0.005)
    process.terminate()
    assert process.communicate()[1] == b"" and process.returncode in (143, -signal.SIGTERM)


HANG = """
import sys
from faceshards.curation.plan import StagePlan
from faceshards.curation.run import CurateJob
from faceshards.jobs.inline import run_inline
from faceshards.jobs.schedule import Schedule
from tests.curation.toy_stages import Light, Trouble

plan = StagePlan((Light(), Trouble(on="astro 2", how="hang")), time_limit=3)
job = CurateJob(plan)
schedule = Schedule(job, sys.argv[1:])
run_inline(job, schedule)
(report,) = schedule.reports
print(report.seen, report.whole, report.failed)
"""


def test_a_clip_that_hangs_costs_an_inline_run_that_stage_of_it(shard):
    run = subprocess.run([sys.executable, "-c", HANG, str(shard)], env=ROOT_ENV, capture_output=True, text=True)
    assert run.returncode == 0
    assert run.stderr.startswith("faceshards: clip astro=202: trouble did not end within 3 s")
    assert run.stdout == "6 5 {'trouble': {'timeout': 1}}\n"


@pytest.mark.slow
def test_an_inline_run_killed_at_random_until_it_is_done(shard, undisturbed):
    """Whoever is killed, the watcher or its child: no clip is blamed."""
    rng = random.Random(4)
    for _ in range(40):
        process = subprocess.Popen(command(shard, "--inline"), env=ROOT_ENV, stdout=subprocess.DEVNULL)
        try:
            assert process.wait(timeout=rng.uniform(1.0, 6.0)) == 0
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    check(shard, undisturbed, ("--inline",))
