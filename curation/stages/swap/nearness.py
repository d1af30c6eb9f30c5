"""Whose face a swapped one is, by dlib's identity: how far it is from the source's, and from the one that was there."""

from __future__ import annotations

from importlib.util import find_spec
from threading import Lock

import numpy as np

from faceshards.curation.stages.swap.backend import SwappedPictures
from faceshards.curation.stages.swap.sources import NewFace
from faceshards.errors import StageError
from faceshards.extras import install

#: The model files that it reads.
IDENTITY_WEIGHTS = ("dlib_points_5", "dlib_identity")
# One frame in so many is looked at: a face changes little, and dlib takes long.
_EVERY = 10


class Nearness:
    """Looks at one frame in ten. Raises StageError where dlib is not installed, WeightsError without its files."""

    def __init__(self) -> None:
        if find_spec("dlib") is None:
            raise StageError(f"swap.identity needs dlib, which is not installed: {install('identity')}")
        from faceshards.models.sessions.dlib_identity import load_dlib_identity

        self._net = load_dlib_identity()
        self._lock = Lock()

    def distances(self, pictures: np.ndarray, first: int, made: SwappedPictures, source: NewFace) -> np.ndarray:
        """Of those swapped pictures that are looked at: the distances of their faces to the source's and to the clip's
        own, float64 (n, 2). `pictures`, (N, H, W, 3), are the clip's; the first is frame `first`.
        """
        found = []
        for number, box in made.boxes.items():
            if (first + number) % _EVERY == 0:
                own, new, wanted = (
                    self._numbers(picture, where)
                    for picture, where in ((pictures[number], box), (made.pictures[number], box), source.portrait)
                )
                found.append([np.linalg.norm(new - wanted), np.linalg.norm(new - own)])
        return np.array(found, np.float64).reshape(-1, 2)

    def _numbers(self, picture: np.ndarray, box: np.ndarray) -> np.ndarray:
        with self._lock:
            return self._net.embed(picture, box[None])[0]


def nearer(distances: np.ndarray) -> dict[str, float]:
    """The scores of distances to the source and to the clip's own face, (n, 2); none of none."""
    if not len(distances):
        return {}
    to_source, to_own = np.median(distances, axis=0)
    share = float((distances[:, 0] < distances[:, 1]).mean())
    scores = {"to_source": float(to_source), "to_own": float(to_own), "nearer": share}
    return {f"swapped_{name}_dlib": round(value, 4) for name, value in scores.items()}
