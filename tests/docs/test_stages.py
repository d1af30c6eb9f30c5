"""The example of docs/stages.md is a stage: from a folder outside the checkout, by its name, and by an entry point."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from faceshards.media.video.decode import frames
from faceshards.shards.reader import Shard
from tests.curation.conftest import clip_of, moved, sample, write_shard

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "stages.md").read_text("utf-8")
EXAMPLE = PAGE.split("<!-- example: bright.py -->")[1].split("```python\n")[1].split("```")[0]


@pytest.fixture
def shard(tmp_path):
    pictures = moved(np.arange(64 * 64 * 3, dtype=np.uint8).reshape(64, 64, 3), 20)
    body = clip_of(pictures)
    return write_shard(tmp_path / "data" / "a.tar", {"a": sample("a", body), "b": sample("b", body)})


def curate(shard, folder, stages):
    (folder / "bright.py").write_text(EXAMPLE)
    words = ["curate", str(shard), "--inline", "--stages", stages]
    words += ["--set", "bright.gain=0.5"] if stages.startswith("bright") else []
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"}
    return subprocess.run(
        [sys.executable, "-m", "faceshards", *words], cwd=folder, env=env, capture_output=True, text=True
    )


def check(shard):
    with Shard(shard) as opened:
        for row in range(2):
            means = np.array([picture.mean() for picture in frames(bytes(opened.read(row, "mp4")))]) / 510
            np.testing.assert_allclose(opened.get(row, "bright.npy"), means, rtol=1e-5)
            assert opened.json(row)["bright_mean"] == pytest.approx(means.mean(), abs=1e-4)


def test_a_class_of_a_file_that_nobody_announces(shard, tmp_path):
    done = curate(shard, tmp_path, "bright:Bright")
    assert done.returncode == 0, done.stderr
    check(shard)


def test_a_package_announces_its_stage(shard, tmp_path):
    info = tmp_path / "bright-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bright\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[faceshards.stages]\nbright = bright:Bright\n")
    done = curate(shard, tmp_path, "bright")
    assert done.returncode == 0, done.stderr
    check(shard)
    again = curate(shard, tmp_path, "brihgt")
    assert again.returncode == 2 and "bright" in again.stderr


def test_a_package_that_is_broken_breaks_its_own_stage_alone(shard, tmp_path):
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[faceshards.stages]\nbroken = broken:Broken\n")
    done = curate(shard, tmp_path, "bright:Bright")
    assert done.returncode == 0, done.stderr
    check(shard)
    named = curate(shard, tmp_path, "broken")
    assert named.returncode == 1 and "stage broken:Broken: No module named 'broken'" in named.stderr
