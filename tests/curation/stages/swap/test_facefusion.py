"""FaceFusion as a program: its words, its exit codes, a hang, no output. A stand-in runs in its place (stand_in.py)."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceshards.curation.stages.swap.facefusion import FaceFusion, ascii_folder
from faceshards.errors import ClipError, StageError, UsageError
from faceshards.media.video.decode import frames
from tests.curation.conftest import ROOT_ENV, clip_of, moved
from tests.curation.stages.swap.stand_in import called, stand_in


@pytest.fixture(scope="module")
def video(astronaut) -> bytes:
    return clip_of(moved(astronaut, 3)[:, :64, :64])


@pytest.fixture(autouse=True)
def checkout(monkeypatch):
    """The stand-in uses this checkout's encoder."""
    monkeypatch.setenv("PYTHONPATH", ROOT_ENV["PYTHONPATH"])


def swap(program: FaceFusion, video: bytes) -> tuple[bytes, Path]:
    with ascii_folder() as folder:
        path = program.swapped(Path(folder), np.full((8, 8, 3), 90, np.uint8), video, "mp4")
        return path.read_bytes(), path


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()


def gone(pid: int) -> bool:
    for _ in range(100):
        if not alive(pid):
            return True
        time.sleep(0.05)
    return False


def test_it_is_called_as_the_manual_says_with_ascii_names_in_its_own_folder(tmp_path, video, monkeypatch):
    home, there = tmp_path / "лицо 顔", tmp_path / "время"
    there.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(there))
    made, path = swap(FaceFusion(stand_in(home), model="inswapper_128_fp16"), video)
    folder, words = called(home)
    names = dict(zip(words[1::2], words[2::2], strict=True))
    assert (folder, words[0]) == (str(home), "headless-run")
    assert all(names[one].isascii() for one in ("--source-paths", "--target-path", "--output-path", "--temp-path"))
    assert names["--output-path"] == str(path) and not path.exists()
    assert names["--face-swapper-model"] == "inswapper_128_fp16" and names["--execution-providers"] == "cpu"
    assert (names["--processors"], names["--face-selector-mode"]) == ("face_swapper", "many")
    assert np.asarray(Image.open(home / "source.png")).tolist() == np.full((8, 8, 3), 90).tolist()
    shown, known = (np.stack(list(frames(one))).astype(int) for one in (made, video))
    assert np.abs(shown - (255 - known)).mean() < 4


@pytest.mark.parametrize(
    ("mode", "kind", "said"),
    [
        ("exit 1", ClipError, r"it failed \(exit code 1\): \[FACEFUSION.CORE\] something is wrong"),
        ("exit 2", StageError, r"not set up here \(exit code 2\): .* make it run by itself first"),
        ("exit 3", ClipError, "its content filter refuses the clip"),
        ("exit 4", ClipError, "it was stopped"),
        ("exit 9", ClipError, r"it ended \(exit code 9\)"),
        ("nothing", ClipError, "ended well and left no video"),
    ],
)
def test_each_way_to_end_is_told(tmp_path, video, mode, kind, said):
    with pytest.raises(kind, match=said):
        swap(FaceFusion(stand_in(tmp_path, mode)), video)


def test_one_that_hangs_is_ended_with_all_that_it_started(tmp_path, video):
    with pytest.raises(ClipError, match="did not end within 3 s") as caught:
        swap(FaceFusion(stand_in(tmp_path, "hang"), patience=3), video)
    begun = tmp_path / "pid"  # on a machine that is busy it may not have come so far
    assert caught.value.code == "timeout" and (not begun.exists() or gone(int(begun.read_text())))


def test_it_ends_with_the_worker_that_waits_for_it(tmp_path):
    code = (
        "import numpy, pathlib, sys; from faceshards.curation.stages.swap.facefusion import FaceFusion, ascii_folder\n"
        "with ascii_folder() as folder:\n"
        "    FaceFusion(sys.argv[1]).swapped(pathlib.Path(folder), numpy.zeros((8, 8, 3), numpy.uint8), b'', 'mp4')"
    )
    worker = subprocess.Popen([sys.executable, "-c", code, stand_in(tmp_path, "hang")], env=ROOT_ENV)
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert worker.poll() is None
        time.sleep(0.05)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert gone(int((tmp_path / "pid").read_text()))


def test_its_version_is_asked_and_another_program_is_refused(tmp_path):
    assert FaceFusion(stand_in(tmp_path)).version() == "FaceFusion 3.5.0"
    with pytest.raises(UsageError, match="does not tell with --version that it is FaceFusion 3"):
        FaceFusion(stand_in(tmp_path, "old")).version()
    with pytest.raises(UsageError, match="must be how FaceFusion 3 is called, got 'no-such-program"):
        FaceFusion("no-such-program x.py").version()
