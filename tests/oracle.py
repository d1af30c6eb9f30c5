"""A maker's own program, asked in the Python that `make peers` sets up for it. Not a test module."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".oracles" / "bin" / "python"
_PROCESS = Path(__file__).with_name("oracle_process.py")


def asked(script: Path, **arrays: np.ndarray | float | str) -> dict[str, np.ndarray]:
    """What the function `answer(**arrays)` of a script returns there, arrays by name. The test is skipped where that
    Python is not installed; an error there is one here, with its last lines.
    """
    if not PYTHON.exists():
        pytest.skip("`make peers` installs mediapipe and other makers' own programs")
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "given.npz", Path(folder) / "made.npz"
        np.savez(given, **{name: np.asarray(value) for name, value in arrays.items()})
        command = [PYTHON, "-I", _PROCESS, script, given, made]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise RuntimeError(f"{script.name}: exit code {done.returncode}: {done.stderr[-1000:]}")
        with np.load(made) as values:
            return dict(values)
