"""The Python in which `make peers` installs this project with FiftyOne and Rerun. Not a test module."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".viewers" / "bin" / "python"


def said_by(*words: str | Path) -> str:
    """What a program of that Python says; the test is skipped where it is not installed."""
    if not PYTHON.exists():
        pytest.skip("`make peers` installs FiftyOne and Rerun")
    # FiftyOne asks for its database when a data set is made, not before; no test makes one.
    env = {**os.environ, "PYTHONPATH": str(ROOT), "FIFTYONE_DATABASE_URI": "mongodb://127.0.0.1:1"}
    done = subprocess.run([PYTHON, *map(str, words)], env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def answered(code: str, *words: str | Path) -> Any:
    """The JSON that code prints last."""
    return json.loads(said_by("-c", code, *words).splitlines()[-1])
