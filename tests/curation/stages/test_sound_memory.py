"""The memory of the sound stages grows with the sound by at most 40 MB a minute, the sound itself included."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

STAGES = ("envelope", "loudness", "spectrogram", "speech", "voice")
CODE = """
import resource, sys
import numpy as np
from faceshards.curation.table import stage_table
from faceshards.media.sound import Sound
from tests.curation.on_pictures import PicturesClip, results_of

stages = [stage_table()[name]() for name in sys.argv[2:]]
for stage in stages:
    stage.prepare()
second = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
samples = np.tile(second, 60 * int(sys.argv[1]))
found = results_of(stages, PicturesClip(sound=Sound(samples, 16_000)))
assert all(type(one).__name__ in ("Outcome", "NotApplicable") for one in found.values()), found
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@pytest.mark.slow
def test_a_minute_more_of_sound_takes_at_most_40_mb_more():
    root = Path(__file__).resolve().parents[3]

    def peak(minutes: int) -> float:
        done = subprocess.run(
            [sys.executable, "-c", CODE, str(minutes), *STAGES],
            env=os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
        )
        if "faceshards.errors.StageError" in done.stderr or "faceshards.errors.WeightsError" in done.stderr:
            pytest.skip(done.stderr.splitlines()[-1])
        assert done.returncode == 0, done.stderr[-2000:]
        return float(done.stdout)

    more = (peak(8) - peak(2)) / 6
    assert more < 40, f"{more:.1f} MB a minute"
