"""Speech-to-face's spectrogram of 6 s, against librosa."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from faceshards.bench.curate.scale import CurateScale
from faceshards.bench.figure import Figure, ratio
from faceshards.bench.race import Times
from faceshards.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".oracles" / "bin" / "python"
_CALL = "librosa.stft(samples, n_fft=512, hop_length=160, win_length=400), sign(x)|x|^0.3 of both parts"


def measure(scale: CurateScale) -> Iterator[Figure]:
    """CPU time of librosa's way over that of ours, in one process, in turns. Raises UsageError without librosa."""
    if not PYTHON.exists():
        raise UsageError(f"{PYTHON}: librosa is not installed: run `make peers` first")
    samples = np.random.default_rng(0).normal(0, 0.1, 96_000).astype(np.float32)
    with tempfile.NamedTemporaryFile(suffix=".npy") as file:
        np.save(file, samples)
        file.flush()
        script = Path(__file__).with_name("librosa_oracle.py")
        threads = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [PYTHON, script, file.name, "15"], env=os.environ | threads, capture_output=True, text=True, check=True
        )
    said = json.loads(done.stdout.splitlines()[-1])
    times = {name: Times(tuple(said[name])) for name in ("faceshards", "librosa")}
    yield ratio("spectrogram of 6 s, (2, 257, 601)", times, "librosa", 1.0, _CALL)
