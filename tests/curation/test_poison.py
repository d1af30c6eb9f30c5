"""The poison table: good clips among one of every bad and odd kind, through the real commands, workers that die."""

import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.plan import failed_stages
from faceshards.jobs.work_place import work_folder
from faceshards.media.video.decode import frames
from faceshards.shards.reader import Shard
from tests.curation.conftest import ROOT_ENV, sample, write_shard
from tests.curation.poison import MISBEHAVIOUR, bad, odd, video

STAGES = "tests.curation.poison:Poison,loudness"
LIMITS = ("--time-limit", "2", "--memory", "500M")


def curated(shard: Path, *words: str) -> dict:
    command = [sys.executable, "-m", "faceshards", "curate", str(shard), "--stages", STAGES, "--json", *words]
    done = subprocess.run(command, env=ROOT_ENV, capture_output=True, text=True, timeout=1500)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["total"]


def table(path: Path, good: int, poison: Sequence[str] | None = None) -> Path:
    """A shard of so many good clips and the odd ones among them, and one of each bad kind, or of these."""
    clip = video(64, 64)
    people = {f"good.{i}": sample(f"good.{i}", clip) for i in range(good)}
    people |= {name: sample(name, body) for name, body in odd().items()}
    people |= {f"{name}.x": sample(f"{name}.x", clip) for name in (MISBEHAVIOUR if poison is None else poison)}
    if poison is None:
        people |= {name: sample(name, body, broken=True) for name, (body, _) in bad().items()}
    names = list(people)
    random.Random(1).shuffle(names)
    return write_shard(path, {name: people[name] for name in names})


def codes(shard: Path) -> dict[str, str]:
    """Name -> why the stage under test failed there."""
    with Shard(shard) as opened:
        facts = [opened.json(row) for row in range(len(opened))]
    return {one["name"]: failed_stages(one)["poison"] for one in facts if "poison" in failed_stages(one)}


def check(shard: Path, report: dict, good: int) -> None:
    """All that is whole is whole, all else has its own reason, and the counts add up."""
    wanted = {f"{name}.x": code for name, code in MISBEHAVIOUR.items()}
    wanted |= {name: code for name, (_, code) in bad().items()}
    assert codes(shard) == wanted
    assert (report["seen"], report["failures"]) == (good + len(odd()) + len(wanted), len(wanted))
    assert report["counts"]["workers_lost"] >= 5  # two deaths each, and one limit
    assert {one["clip"] for one in report["traces"]} == {"raises=2Ex", "nan=2Ex"}
    with Shard(shard) as opened:
        for row in range(len(opened)):
            name = opened.json(row)["name"]
            if name not in wanted:
                pictures = list(frames(opened.read(row, "mp4")))
                means = [picture.mean() for picture in pictures]
                assert opened.get(row, "poison.npy") == pytest.approx(np.array(means), abs=1e-3), name
    assert not work_folder(shard).exists()


def test_everything_but_the_poison_is_whole(tmp_path):
    shard = table(tmp_path / "d" / "table.tar", 12)
    check(shard, curated(shard, "--inline", *LIMITS), 12)


@pytest.mark.slow
def test_two_hundred_good_clips_lose_little_time_to_the_poison(tmp_path):
    """Says what the poison costs beside the good clips alone, deaths and the one time limit; see docs/benchmarks.md."""
    wanted = {
        "good": lambda path: table(path, 200, ()),
        "deadly": lambda path: table(path, 200, ("segfaults", "hungers")),
        "poisoned": lambda path: table(path, 200),
    }
    lefts = []
    for run in range(3):
        seconds, deaths = {}, {}
        for name, made in wanted.items():
            shard = made(tmp_path / f"{name}{run}" / "table.tar")
            begin = time.perf_counter()
            report = curated(shard, "--inline", *LIMITS)
            seconds[name] = time.perf_counter() - begin
            deaths[name] = report["counts"].get("workers_lost", 0)
        restart = (seconds["deadly"] - seconds["good"]) / deaths["deadly"]
        left = seconds["poisoned"] - seconds["good"] - deaths["poisoned"] * restart - float(LIMITS[1])
        lefts.append(left / seconds["good"])
        print(
            f"{seconds['good']:.1f} s for the good clips, {seconds['poisoned']:.1f} s with the poison; "
            f"{deaths['poisoned']} deaths of {restart:.2f} s and a time limit of {LIMITS[1]} s leave {lefts[-1]:.0%}"
        )
    check(shard, report, 200)
    print(f"median: {statistics.median(lefts):.0%}")


@pytest.mark.slow
@pytest.mark.parametrize("where", [("--inline",), ("--workers", "2")], ids=["inline", "ray"])
def test_killed_at_random_until_it_is_done(tmp_path, where):
    """Thirty runs, each killed (driver, or one of those that work for it) until one ends: the bytes are those of an
    undisturbed run, and nobody is blamed.
    """
    if where[0] == "--workers":
        pytest.importorskip("ray")
    undisturbed = table(tmp_path / "undisturbed" / "table.tar", 60, ())
    source = undisturbed.read_bytes()
    curated(undisturbed, "--inline")
    rng = random.Random(5)
    for run in range(30):
        shard = tmp_path / str(run) / "table.tar"
        shard.parent.mkdir()
        shard.write_bytes(source)
        while not _ended(shard, where, rng):
            pass
        assert shard.read_bytes() == undisturbed.read_bytes()
        assert codes(shard) == {} and not work_folder(shard).exists()
        shutil.rmtree(shard.parent)


def _ended(shard: Path, where: tuple[str, ...], rng: random.Random) -> bool:
    """Whether a run came to its end; else it, or one of its processes, was killed at some moment."""
    command = [sys.executable, "-m", "faceshards", "curate", str(shard), "--stages", STAGES, *where]
    process = subprocess.Popen(command, env=ROOT_ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(3):
            try:
                return process.wait(rng.uniform(0.5, 4.0 if where[0] == "--inline" else 12.0)) == 0
            except subprocess.TimeoutExpired:
                if rng.random() < 0.5:
                    break
                for pid in _workers(process.pid):
                    if rng.random() < 0.5:
                        _kill(pid)
    finally:
        process.kill()
        process.wait()
    return False


def _workers(driver: int) -> list[int]:
    """The processes below a driver that run Python."""
    found, below = [], [driver]
    while below:
        pid = below.pop()
        try:
            children = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except FileNotFoundError:
            continue
        below += children
        found += [one for one in children if b"serve(" in _command(one) or b"_Actor" in _command(one)]
    return found


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
