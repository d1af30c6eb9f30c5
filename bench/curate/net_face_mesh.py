"""The stage `landmarks` on 512 px, mesh and irises, against MediaPipe's own FaceMesh."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from faceshards.bench.curate.clips import talking
from faceshards.bench.curate.in_memory import stage_seconds
from faceshards.bench.curate.scale import CurateScale
from faceshards.bench.figure import Figure, ratio
from faceshards.bench.race import race
from faceshards.curation.stages.landmarks import Landmarks
from faceshards.errors import UsageError
from faceshards.media.video.decode import frames
from faceshards.models.sessions.face_mesh import IRIS_SIDE, MESH_SIDE, FaceMesh, Iris
from faceshards.models.weights.registry import find

PYTHON = Path(__file__).resolve().parents[2] / ".oracles" / "bin" / "python"
_SIDE = 512
_CALL = "FaceMesh(refine_landmarks=True, max_num_faces=1).process(picture), frame by frame"


def measure(scale: CurateScale) -> Iterator[Figure]:
    """MediaPipe's CPU time over that of the stage in the engine; the networks alone beside. Raises UsageError without
    MediaPipe.
    """
    if not PYTHON.exists():
        raise UsageError(f"{PYTHON}: MediaPipe is not installed: run `make peers` first")
    pictures = np.stack(list(frames(talking(_SIDE, min(scale.seconds, 4), 0)[1])))
    stage, mesh, iris = Landmarks(), FaceMesh(find("face_landmark")), Iris(find("iris_landmark"))
    stage.prepare()
    with tempfile.TemporaryDirectory() as folder:
        np.save(file := Path(folder) / "pictures.npy", pictures)
        contestants = {
            "faceshards": lambda: stage_seconds(stage, pictures),
            "networks alone": lambda: _networks(mesh, iris, pictures),
            "mediapipe": lambda: _theirs(file),
        }
        times = race(contestants, min(3, scale.runs))
    yield ratio(f"mesh and irises, {_SIDE} px", times, "mediapipe", 0.9, _CALL)


def _networks(mesh: FaceMesh, iris: Iris, pictures: np.ndarray) -> float:
    """CPU seconds of the three networks, once a picture, on crops that are cut out beforehand."""
    faces, eyes = pictures[:, None, :MESH_SIDE, :MESH_SIDE], pictures[:, None, :IRIS_SIDE, :IRIS_SIDE]
    start = time.process_time()
    for face, eye in zip(faces, eyes, strict=True):
        mesh.run(face)
        iris.run(eye)
        iris.run(eye)
    return time.process_time() - start


def _theirs(file: Path) -> float:
    """CPU seconds of MediaPipe, in its own process."""
    script = Path(__file__).with_name("face_mesh_oracle.py")
    done = subprocess.run([PYTHON, "-I", script, file], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])
