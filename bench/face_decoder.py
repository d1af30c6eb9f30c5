"""Whether the face decoder learns: `python -m faceshards.bench.face_decoder REAL --work DIR`.

Faces of real photographs and clips, cut out and told apart by the project's own stages (blazeface, face_crop, dlib's
identity), are drawn from dlib's 128 numbers by the preset `face-decoder-small`; six persons are held out.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Annotated

import numpy as np
import typer

from faceshards.bench.curve import curve
from faceshards.bench.photographs import as_clips

#: The names of those who are held out, as the clips and photographs are called.
HELD_OUT = ("livep_d12", "vretalk_face2", "grid_lbbc2a", "latentsync_demo1", "fp_paul_rudd", "skimage_astronaut")

# Seconds of a clip that make a sample, and steps that a mean is taken over.
_SPAN, _MEAN = 0.4, 40


@dataclass(frozen=True)
class FacesLearned:
    """Mean absolute errors of pictures in 0..1: of the first step, the mean of the last ones, the least and the last of
    the held-out persons; and those of the mean of the trained faces, which draws everybody alike.
    """

    faces: int
    first: float
    last: float
    held_out: float
    mean_face: float
    mean_face_held_out: float


def shards_of(real: Path, work: Path) -> Path:
    """Packs and curates the pictures and clips of a folder with `image` and `video`. Shards that are there stay: what
    was curated is not packed again.
    """
    shards, stills = work / "shards", as_clips((real / "image").iterdir(), work / "photographs")
    cut = ("--cut", f"{_SPAN}s", "--min-seconds", str(_SPAN / 2), "--exact")
    for source, how in ((stills, ("--min-frames", "1")), (real / "video", cut)):
        if not (shards / f"{source.name}.tar").exists():
            _faceshards("pack", "clips", source, *how, "--out", shards)
    _faceshards("curate", shards, "--stages", "faces,face_crop,identity", "--inline")
    return shards


def learn(shards: Path, out: Path, *options: str) -> FacesLearned:
    """Trains as the preset says, and `options` beside it, and reads what came of it."""
    held = " OR ".join(f"starts_with(key, '{name}')" for name in HELD_OUT)
    _faceshards("train", "face-decoder", "--config", "face-decoder-small", "--data", shards, "--out", out,
                "--val-where", held, *options)  # fmt: skip
    mean, faces = _mean_face(shards, held)
    losses = [float(row["texture"]) for row in _rows(out / "losses.csv")]
    seen = [float(row["texture"]) for row in _rows(out / "validation.csv")]
    return FacesLearned(faces, losses[0], fmean(losses[-_MEAN:]), seen[-1], mean[0], mean[1])


def drawn(out: Path) -> str:
    """The curves of a run as an SVG."""
    steps = [(float(row["step"]), float(row["texture"])) for row in _rows(out / "losses.csv")]
    smooth = [(steps[stop - 1][0], fmean(y for _, y in steps[stop - _MEAN : stop])) for stop in _every(len(steps))]
    seen = [(float(row["step"]), float(row["texture"])) for row in _rows(out / "validation.csv")]
    lines = {"trained on": [steps[0], *smooth], "held out": seen}
    return curve("Face decoder: dlib's identity to a face", "steps", "mean absolute error, 0..1", lines)


def _every(count: int) -> Iterable[int]:
    return range(_MEAN, count + 1, _MEAN // 2)


def _mean_face(shards: Path, held: str) -> tuple[tuple[float, float], int]:
    """How far the mean of the trained faces is from them and from those held out, and how many are trained on."""
    from faceshards.loaders import ShardDataset

    def pictures(where: str) -> np.ndarray:
        data = ShardDataset(str(shards), ["face.jpg"], where=f"identities = 1 AND ({where})", missing="skip")
        return np.stack([data[row]["face.jpg"] for row in range(len(data))]).astype(np.float32) / 255

    trained, others = pictures(f"NOT ({held})"), pictures(held)
    mean = trained.mean(axis=0)
    return (float(np.abs(trained - mean).mean()), float(np.abs(others - mean).mean())), len(trained)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _faceshards(*words: str | Path) -> None:
    command = [sys.executable, "-m", "faceshards", *map(str, words)]
    subprocess.run(command, check=True, stdout=sys.stderr)


def main(
    real: Annotated[Path, typer.Argument(help="A folder with the folders image and video.")],
    work: Annotated[Path, typer.Option(help="Where shards and the run go.")],
    drawing: Annotated[Path | None, typer.Option(help="The SVG of the curves to write.")] = None,
) -> None:
    """Packs, curates, trains, and prints the figures as one JSON object."""
    found = learn(shards_of(real, work), work / "run")
    if drawing is not None:
        drawing.write_text(drawn(work / "run"), "utf-8")
    sys.stdout.write(json.dumps(asdict(found)) + "\n")


if __name__ == "__main__":
    typer.run(main)
