"""FaceFusion 3 (github.com/facefusion/facefusion) as a program of the user's: files in, a file out.

It knows faces, models and encoders of its own, and tells how it ended by its exit code: 0 done, 1 failed, 2 not set up,
3 refused by its content filter, 4 stopped.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faceshards.errors import ClipError, StageError, UsageError
from faceshards.models.device import gpu_of

# Seconds in which it must have told its version.
_PATIENCE = 120.0
_SAYS = {1: "it failed", 3: "its content filter refuses the clip", 4: "it was stopped"}
# Runs the program, whose group it leads, and ends it where the process that asked for it is gone.
_WATCH = """
import os, signal, subprocess, sys, time
program = subprocess.Popen(sys.argv[2:])
while program.poll() is None:
    if os.getppid() != int(sys.argv[1]):
        os.killpg(0, signal.SIGKILL)
    time.sleep(0.1)
sys.exit(program.returncode if program.returncode >= 0 else 128 - program.returncode)
"""


@dataclass(frozen=True)
class FaceFusion:
    """The program: `command` as one types it, such as `/opt/facefusion/.venv/bin/python /opt/facefusion/facefusion.py`.
    `model` is one of its face swappers; it is given up after `patience` seconds. Raises UsageError for a command that
    is not there.
    """

    command: str
    model: str = "inswapper_128"
    patience: float = 600.0
    device: str = "cpu"

    @property
    def words(self) -> list[str]:
        """The command's words."""
        return shlex.split(self.command)

    @property
    def home(self) -> Path:
        """The folder that it is run in: its script's, where its settings and models lie."""
        return Path(self.words[-1]).resolve().parent

    def version(self) -> str:
        """What it says of itself: FaceFusion 3.5.0. Raises UsageError where it does not run."""
        if not self.words or shutil.which(self.words[0]) is None:
            raise UsageError(f"swap.program must be how FaceFusion 3 is called, got {self.command!r}: no such program")
        with suppress(OSError, subprocess.TimeoutExpired):
            asked = subprocess.run(
                [*self.words, "--version"], cwd=self.home, capture_output=True, text=True, timeout=_PATIENCE
            )
            said = asked.stdout.strip()
            if asked.returncode == 0 and said.startswith("FaceFusion 3."):
                return said.splitlines()[0]
        raise UsageError(f"swap.program {self.command!r} does not tell with --version that it is FaceFusion 3")

    def swapped(self, folder: Path, source: np.ndarray, video: bytes, suffix: str) -> Path:
        """A file with every face of a video as that of `source`, uint8 (H, W, 3) RGB, silent, in an `ascii_folder`.
        Raises ClipError `stage-failed` or `timeout` where it could not be made, StageError where FaceFusion is not set
        up.
        """
        from PIL import Image

        Image.fromarray(source).save(folder / "source.png")
        (folder / f"target.{suffix}").write_bytes(video)
        self._run(folder, suffix)
        made = folder / "swapped.mp4"
        if not made.is_file() or not made.stat().st_size:
            raise ClipError("stage-failed", "FaceFusion ended well and left no video")
        return made

    def arguments(self, folder: Path, suffix: str) -> list[str]:
        """The words behind the command."""
        return [
            "headless-run",
            *("--source-paths", str(folder / "source.png"), "--target-path", str(folder / f"target.{suffix}")),
            *("--output-path", str(folder / "swapped.mp4")),
            *("--temp-path", str(folder), "--jobs-path", str(folder / "jobs")),
            *("--processors", "face_swapper", "--face-swapper-model", self.model),
            *("--face-selector-mode", "many"),  # its usual `reference` leaves all but one person alone
            *("--output-audio-volume", "0", "--output-video-encoder", "libx264", "--output-video-quality", "90"),
            *("--execution-providers", "cpu" if gpu_of(self.device) is None else "cuda", "--log-level", "error"),
        ]

    def _run(self, folder: Path, suffix: str) -> None:
        gpu = gpu_of(self.device)
        one = {} if not gpu else {"CUDA_VISIBLE_DEVICES": str(gpu)}
        call = [*self.words, *self.arguments(folder, suffix)]
        process = subprocess.Popen(
            [sys.executable, "-c", _WATCH, str(os.getpid()), *call],
            cwd=self.home,
            env={**os.environ, **one},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=self.patience)
        except subprocess.TimeoutExpired:
            raise ClipError("timeout", f"FaceFusion did not end within {self.patience:g} s") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        _raise_for(process.returncode, output.decode(errors="replace"))


def _raise_for(code: int, output: str) -> None:
    """Raises what an exit code means."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    said = f": {lines[-1]:.200}" if lines else ""
    if code == 2:
        raise StageError(f"FaceFusion is not set up here (exit code 2){said}: make it run by itself first")
    if code:
        raise ClipError("stage-failed", f"FaceFusion: {_SAYS.get(code, 'it ended')} (exit code {code}){said}")


def ascii_folder() -> tempfile.TemporaryDirectory[str]:
    """A temporary folder for it, whose name is ASCII: it calls programs that know no other names."""
    usual = tempfile.gettempdir()
    return tempfile.TemporaryDirectory(prefix="faceshards-", dir=usual if usual.isascii() else "/tmp")
