import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from faceshards.bench.demo.portraits import portraits
from faceshards.bench.demo.puppet import animate
from faceshards.media.encode import encode

ROOT = Path(__file__).resolve().parents[3]


def demo(source, out):
    """The finished process of a demo on a user's clips."""
    command = [sys.executable, "-m", "faceshards", "demo", "--input", str(source), "--out", str(out)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_the_demo_runs_on_a_users_own_clips_and_accounts_for_them(tmp_path):
    """Two silent clips and a broken one, under a name that would command a shell: training and inference are left out,
    and what is printed and the page say so; no face is claimed. The commands that are shown last run as they stand.
    """
    pytest.importorskip("torch", reason="needs torch")
    clips = tmp_path / "my 'clips' $(touch owned) <b>"
    clips.mkdir()
    for portrait in portraits():
        (clips / f"{portrait.identity}.mp4").write_bytes(encode(animate(portrait, np.zeros(6), 25, 1), Fraction(25)))
    (clips / "broken.mp4").write_bytes(b"no video")
    for _ in range(2):
        done = demo(clips, tmp_path / "out")
        assert done.returncode == 0, done.stderr
        assert "2 whole + 1 failed = 3 clips in" in done.stdout
        assert "face:    none: No clip has both a face and sound" in done.stdout
    made = tmp_path / "out" / "yours" / clips.name
    page = (made / "report.html").read_text()
    assert "broken-media" in page and "collins" in page and not (made / "face.png").exists()
    assert "No clip has both a face and sound: training and speech-to-face are left out." in page
    assert "no clip has sound: no spectrogram, loudness, envelope, speech, voice." in page and "owned) <b>" not in page
    inspect, query = re.findall(r"^(?:next:)? +((?:faceshards|python) .*)$", done.stdout, re.MULTILINE)
    shell = f'faceshards() {{ "{sys.executable}" -m faceshards "$@"; }}; python() {{ "{sys.executable}" "$@"; }}; '
    for line, shown in ((inspect, "2 of 2 samples"), (query, "collins")):
        ran = subprocess.run(["bash", "-c", shell + line], capture_output=True, text=True, cwd=ROOT)
        assert ran.returncode == 0 and shown in ran.stdout, ran.stderr
    assert not (ROOT / "owned").exists()


def test_where_every_clip_is_turned_away_the_page_says_why(tmp_path):
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "broken.mp4").write_bytes(b"no video")
    done = demo(tmp_path / "clips", tmp_path / "out")
    page = tmp_path / "out" / "yours" / "clips" / "report.html"
    assert done.returncode == 1 and f"no clip could be packed, of 1 in all: {page} says why of each" in done.stderr
    assert "1 clip went in, 0 came out whole" in page.read_text() and "broken-media" in page.read_text()


def test_input_that_is_not_there_is_a_usage_error(tmp_path):
    done = demo(tmp_path / "none", tmp_path / "out")
    assert done.returncode == 2 and "no such file or folder" in done.stderr and "Traceback" not in done.stderr
