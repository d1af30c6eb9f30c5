import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np

from faceshards.bench.demo.portraits import portraits
from faceshards.bench.demo.puppet import animate
from faceshards.media.encode import encode

ROOT = Path(__file__).resolve().parents[3]


def test_the_demo_runs_on_a_users_own_clips_and_accounts_for_them(tmp_path):
    """Silent clips: training and inference are left out, and it says so."""
    clips = tmp_path / "my clips"
    clips.mkdir()
    for portrait in portraits():
        (clips / f"{portrait.identity}.mp4").write_bytes(encode(animate(portrait, np.zeros(6), 25, 1), Fraction(25)))
    (clips / "broken.mp4").write_bytes(b"no video")
    command = [sys.executable, "-m", "faceshards", "demo", "--input", str(clips), "--out", str(tmp_path / "out")]
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 0, done.stderr
        assert re.search(r"(\d) whole \+ (\d) failed = 3 clips in", done.stdout)
        assert "No clip has both a face and sound" in done.stdout
    page = (tmp_path / "out" / "my clips" / "report.html").read_text()
    assert "broken-media" in page and "collins" in page


def test_input_that_is_not_there_is_a_usage_error(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "faceshards", "demo", "--input", str(tmp_path / "none")], capture_output=True, text=True
    )
    assert done.returncode == 2 and "no such file or folder" in done.stderr and "Traceback" not in done.stderr
