"""What stands about DWPose's two networks, the networks left out: letterbox, crops, decoding; against rtmlib's."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from faceshards.bench.curate.scale import CurateScale
from faceshards.bench.figure import Figure, ratio
from faceshards.bench.race import Times
from faceshards.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".oracles" / "bin" / "python"
_CALL = "rtmlib.YOLOX and RTMPose(to_openpose=True) with sessions that answer at once, two persons a picture"


def measure(scale: CurateScale) -> Iterator[Figure]:
    """CPU time of rtmlib's way over that of ours, in one process, in turns. Raises UsageError without rtmlib."""
    said = raced(scale.runs)
    times = {name: Times(tuple(said[name])) for name in ("faceshards", "rtmlib")}
    yield ratio("dwpose's reference without its networks, 720p", times, "rtmlib", 1.0, _CALL)


def raced(runs: int) -> dict[str, Any]:
    """The seconds of each, by name, for ten pictures of 1280 x 720; `apart`: how far their points are, in pixels."""
    if not PYTHON.exists():
        raise UsageError(f"{PYTHON}: rtmlib is not installed: run `make peers` first")
    from skimage import data  # of the demo's packages

    picture = cv2.resize(data.astronaut()[:288], (1280, 720))
    with tempfile.NamedTemporaryFile(suffix=".npy") as file:
        np.save(file, np.stack([picture] * 10))
        file.flush()
        command = [str(PYTHON), str(Path(__file__).with_name("rtmlib_oracle.py")), file.name, str(runs)]
        env = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
