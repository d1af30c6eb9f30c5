"""Which share of its time a training waits for data: what `faceshards train` itself counts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from faceshards.bench.figure import Figure


def waiting_figure(shards: Path, out: Path, width: float, batch: int, steps: int, workers: int) -> Figure:
    """A voice encoder on pairs, as Speech-to-face trains it (`--config speech-to-face-head`), on the processor: of the
    time from the first step to the last the share in which the loop had no batch. The first batch, for which processes
    start, does not count. At most 2 %.
    """
    sizes = {"width": width, "batch-size": batch, "num-workers": workers, "steps": steps, "save-every": steps}
    said = [word for name, value in sizes.items() for word in (f"--{name}", str(value))]
    words = ["train", "voice-encoder", "--config", "speech-to-face-head", "--embedding", "face_embedding.npy", *said]
    words += ["--data", str(shards), "--out", str(out), "--no-validation", "--json"]
    done = subprocess.run([sys.executable, "-m", "faceshards", *words], check=True, stdout=subprocess.PIPE)
    pace = json.loads(done.stdout.splitlines()[-1])["pace"]
    work = f"speech_face, a voice encoder of width {width:g}, {batch} voices a step: share of waiting for data"
    rate = {"samples/s": pace["samples_per_second"]}
    return Figure(work, pace["waiting"], "", ("<=", 0.02), None, rate, f"faceshards {' '.join(words)}")
