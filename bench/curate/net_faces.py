"""The stage `faces` on 512 px: MediaPipe's networks and MTCNN, in turns on the same frames."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from faceshards.bench.curate.clips import talking
from faceshards.bench.curate.scale import CurateScale
from faceshards.bench.figure import Figure
from faceshards.bench.race import race
from faceshards.curation.stages.faces.faces import BACKENDS, FacesParams, FollowedFaces
from faceshards.curation.stages.faces.table import FaceArrays
from faceshards.media.geometry import iou
from faceshards.media.video.decode import frames

SIDE = 512
# Of two boxes of the same face in the same frame.
_SAME = 0.5


def measure(scale: CurateScale) -> Iterator[Figure]:
    """Frames a CPU second of one core, decoding excluded; which of MTCNN's faces the other finds."""
    params = FacesParams()
    clips = [np.stack(list(frames(talking(SIDE, scale.seconds, number)[1]))) for number in range(scale.talking)]
    found: dict[str, list[FaceArrays]] = {}

    def runs(backend: str) -> Callable[[], float]:
        finder = BACKENDS[backend].load(params.min_face, "cpu")

        def run() -> float:
            start = time.process_time()
            each = [FollowedFaces(finder, params.every) for _ in clips]
            for faces, pictures in zip(each, clips, strict=True):
                faces.add(list(range(len(pictures))), pictures)
            spent = time.process_time() - start
            found[backend] = [FaceArrays.of(faces.table.record()) for faces in each]
            return spent

        return run

    times = race({"blazeface": runs("blazeface"), "mtcnn": runs("mtcnn")}, min(3, scale.runs))
    count = sum(map(len, clips))
    rates = {f"{name} frames/s": count / one.median for name, one in times.items()}
    name = f"faces, embedded, {SIDE} px: frames a CPU second of one core, decoding excluded"
    yield Figure(name, rates["blazeface frames/s"], "frames/s", (">=", 296), count / times["blazeface"].best, rates)
    yield Figure("the same: MTCNN's faces that it finds", _share(found["mtcnn"], found["blazeface"]), "", (">=", 1))


def _share(theirs: list[FaceArrays], ours: list[FaceArrays]) -> float:
    """How many of their faces, of several clips, overlap one of ours in the same frame, as a share."""
    same = [
        iou(box[None], our.boxes[our.frame == frame]).max(initial=0) >= _SAME
        for their, our in zip(theirs, ours, strict=True)
        for frame, box in zip(their.frame.tolist(), their.boxes, strict=True)
    ]
    return float(np.mean(same)) if same else 1.0
