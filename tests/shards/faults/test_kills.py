"""SIGKILL at every phase of packing and rewriting: what is left is the old shard or the new; the next run completes."""

import json
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from faceshards.shards.reader import Shard
from faceshards.shards.repair.verify import verify
from tests.shards.faults.driver import PHASES, SAMPLES

DRIVER = Path(__file__).with_name("driver.py")
WORKS = ("write", "rewrite", "pack")


def drive(work: str, folder: Path, phase: str = "none", number: int = 0) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(DRIVER), work, str(folder), phase, str(number)]
    return subprocess.run(words, capture_output=True, text=True, timeout=120)


def leftovers(folder: Path) -> list[str]:
    """Temporary files and locks."""
    return sorted(path.name for path in folder.rglob(".*") if path.name.endswith((".tmp", ".lock")))


@pytest.fixture(scope="module")
def worlds(tmp_path_factory, picture_zip):
    """work -> a folder to begin with, and the bytes before and after the work."""
    made = {}
    for work in WORKS:
        begin = tmp_path_factory.mktemp(work)
        rng = np.random.default_rng(0)
        if work == "pack":
            shutil.copy(picture_zip, begin / "raw.zip")
        else:
            (begin / "clips").mkdir()
            for i in range(SAMPLES):
                (begin / "clips" / f"{i}.mp4").write_bytes(rng.bytes(1_300_000 + i))
        name = "raw.tar" if work == "pack" else "a.tar"
        if work == "rewrite":
            assert drive("write", begin).returncode == 0
        old = (begin / name).read_bytes() if (begin / name).exists() else None
        end = tmp_path_factory.mktemp(f"{work}-done")
        shutil.copytree(begin, end, dirs_exist_ok=True)
        done = drive(work, end)
        assert done.returncode == 0, done.stderr
        made[work] = begin, name, old, (end / name).read_bytes(), (end / name).with_suffix(".parquet").read_bytes()
    return made


@pytest.fixture(scope="module")
def picture_zip(tmp_path_factory):
    """A zip of three small clips of frames, as users pack them."""
    from PIL import Image

    path = tmp_path_factory.mktemp("raw") / "raw.zip"
    rng = np.random.default_rng(1)
    with zipfile.ZipFile(path, "w") as out:
        for clip in range(3):
            for frame in range(4):
                picture = tmp_path_factory.mktemp("frame") / "f.png"
                Image.fromarray(rng.integers(0, 255, (32, 32, 3), np.uint8)).save(picture)
                out.write(picture, f"clip{clip}/{frame}.png")
    return path


def survive(world, work: str, phase: str, number: int, tmp_path: Path) -> str:
    """Kills a run, looks at what is left, and lets a second run finish; says which shard the kill left."""
    begin, name, old, new, index = world
    folder = tmp_path / f"{work}-{phase}-{number}".replace(" ", "-")
    shutil.copytree(begin, folder)
    killed = drive(work, folder, phase, number)
    assert killed.returncode == -signal.SIGKILL, f"{phase} {number} was never reached: {killed.stderr}"
    tar = folder / name
    here = tar.read_bytes() if tar.exists() else None
    assert here in (old, new), "half a shard"
    if here is not None:
        assert verify(tar, deep=True).whole
        with Shard(tar) as shard:  # whatever index stands beside it
            assert [shard.json(row)["name"] for row in range(len(shard))]
    again = drive(work, folder)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout.splitlines()[-1])["samples"] > 0
    assert tar.read_bytes() == new and tar.with_suffix(".parquet").read_bytes() == index
    assert not leftovers(folder)
    shutil.rmtree(folder)
    return "none" if here is None else "old" if here == old else "new"


@pytest.mark.parametrize("phase", PHASES)
def test_a_kill_while_rewriting(worlds, phase, tmp_path):
    left = survive(worlds["rewrite"], "rewrite", phase, 1, tmp_path)
    assert left == ("new" if PHASES.index(phase) > 3 else "old")


@pytest.mark.parametrize(("work", "phase"), [("write", "mid-copy"), ("pack", "between rename and index")])
def test_a_kill_while_packing(worlds, work, phase, tmp_path):
    assert survive(worlds[work], work, phase, 0, tmp_path) == ("none" if phase == "mid-copy" else "new")


@pytest.mark.slow
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("work", WORKS)
def test_fifteen_kills_in_each_phase(worlds, work, phase, tmp_path, capsys):
    # A small zip is packed in a few writes: later ones do not come.
    numbers = [number % 4 if work == "pack" and phase == "mid-copy" else number for number in range(15)]
    left = [survive(worlds[work], work, phase, number, tmp_path) for number in numbers]
    counts = {which: left.count(which) for which in ("none", "old", "new")}
    with capsys.disabled():
        print(f"\n{work}, {phase}: {len(left)} kills, left {counts}")
    assert len(left) == 15
