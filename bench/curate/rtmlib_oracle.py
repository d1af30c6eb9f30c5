"""What rtmlib and we take about the two networks of DWPose, the networks left out: in one process, by one NumPy and one
OpenCV, in turns. PICTURES.npy RUNS.

It runs in the oracles' Python, where of this project no more is imported than NumPy and OpenCV can serve.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from faceshards.bench.race import race
from faceshards.curation.stages.dwpose import detector as detectors
from faceshards.curation.stages.dwpose import pose as poses
from faceshards.curation.stages.dwpose.openpose import in_openpose_order

SIDE, CROP, POINTS = 640, (288, 384), 133
MEAN, SPREAD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


def answers() -> tuple[np.ndarray, list[np.ndarray]]:
    """What networks of random weights might say: two persons among 8400 cells, and SimCC of 133 points."""
    rng = np.random.default_rng(0)
    raw = np.zeros((1, 8400, 85), np.float32)
    raw[..., :2], raw[..., 2:4] = rng.random((1, 8400, 2)), 2
    raw[..., 4:6] = rng.random((1, 8400, 2)) * 0.1
    raw[0, [8100, 8110], 4:6] = [[0.98, 0.98], [0.9, 0.9]]
    return raw, [rng.random((1, POINTS, 2 * side)).astype(np.float32) for side in CROP]


def theirs(raw: np.ndarray, simcc: list[np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """rtmlib's two tools, without their files."""
    import rtmlib

    yolox, rtmpose = rtmlib.YOLOX.__new__(rtmlib.YOLOX), rtmlib.RTMPose.__new__(rtmlib.RTMPose)
    how = {"backend": "onnxruntime", "model_input_size": (SIDE, SIDE)}
    yolox.__dict__ |= {**how, "det_mode": "human", "nms_thr": 0.45, "score_thr": 0.3, "session": _session([raw])}
    own = {"mean": MEAN, "std": SPREAD, "to_openpose": True, "session": _session(simcc)}
    rtmpose.__dict__ |= {**how, "model_input_size": CROP, **own}
    return lambda picture: rtmpose(picture, yolox(picture))[0]


def _session(outputs: list[np.ndarray]) -> SimpleNamespace:
    """A session that answers the same; what it gives is the caller's to change."""
    named = [SimpleNamespace(name="one")]
    return SimpleNamespace(
        get_inputs=lambda: named, get_outputs=lambda: named, run=lambda *_: [one.copy() for one in outputs]
    )


def ours(raw: np.ndarray, simcc: list[np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """The same by ours."""
    net: Any = SimpleNamespace(run=lambda rows: {"raw": _fed(rows, raw)})
    detector = detectors.Detector.__new__(detectors.Detector)
    cells = [detectors._cells(SIDE // stride, SIDE // stride) for stride in detectors._STRIDES]
    strides = np.repeat(detectors._STRIDES, [len(one) for one in cells]).astype(np.float32)[:, None]
    own = {"_first": False, "_height": SIDE, "_width": SIDE, "_corners": np.concatenate(cells), "_strides": strides}
    detector.__dict__ |= {"_net": net, **own}
    pose = poses.PoseNet.__new__(poses.PoseNet)
    rows: Any = SimpleNamespace(run=lambda crops: {str(k): _fed(crops, one) for k, one in enumerate(simcc)})
    pose.__dict__ |= {"_net": rows, "_decode": poses._simcc(2.0), "_size": CROP}

    def run(picture: np.ndarray) -> np.ndarray:
        boxes, scores = detector.run(detector.letterboxed(picture[None]))
        found = detector.persons(boxes[0], scores[0], 0.3, picture.shape[1::-1])
        matrices = np.stack([pose.matrix(box) for box in found])
        crops = np.stack([pose.crop(picture, matrix) for matrix in matrices])
        points, sure = pose.run(crops)
        return in_openpose_order(poses.placed(points, matrices), sure)[0]

    return run


def _fed(rows: np.ndarray, answer: np.ndarray) -> np.ndarray:
    """The answer for each row, which is laid out as a network takes it."""
    return np.repeat(answer, len(np.ascontiguousarray(rows, np.float32)), axis=0)


def cpu(call: Callable[[np.ndarray], np.ndarray], pictures: np.ndarray) -> Callable[[], float]:
    """A contestant that returns the processor's seconds for all pictures."""

    def run() -> float:
        start = time.process_time()
        for picture in pictures:
            call(picture)
        return time.process_time() - start

    return run


if __name__ == "__main__":
    pictures, runs = np.load(sys.argv[1]), int(sys.argv[2])
    calls = {"faceshards": ours(*answers()), "rtmlib": theirs(*answers())}
    # Ours count from the first pixel's edge, theirs from its middle.
    found = {name: call(pictures[0]) for name, call in calls.items()}
    apart = float(np.abs(found["faceshards"] - 0.5 - found["rtmlib"]).max())
    times = race({name: cpu(call, pictures) for name, call in calls.items()}, runs)
    sys.stdout.write(json.dumps({"apart": apart, **{name: one.seconds for name, one in times.items()}}) + "\n")
