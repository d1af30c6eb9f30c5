"""The networks that know faces, each with how near two faces of one person are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from faceshards.models.weights.registry import find


@dataclass(frozen=True)
class IdentityNet:
    """`crop`: picture, box (4,) and five points (5, 2) -> what the network sees; `run`: `batch` such -> (batch, D)."""

    crop: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    run: Callable[[np.ndarray], tuple[np.ndarray]]
    batch: int


@dataclass(frozen=True)
class IdentityBackend:
    """`weights`: its model files; `same`: two faces whose numbers are less far apart (Euclidean) are one person's;
    `directions`: the numbers are compared as directions, at length 1; `opened`: loads it.
    """

    weights: tuple[str, ...]
    same: float
    directions: bool
    opened: Callable[[], IdentityNet]

    def apart(self, rows: np.ndarray) -> np.ndarray:
        """How far rows (n, D) are from each other, in what two persons are apart at least: float64 (n, n)."""
        rows = rows.astype(np.float64)
        if self.directions:
            rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        squares = np.square(rows).sum(axis=1)
        apart = np.sqrt((squares[:, None] + squares - 2 * rows @ rows.T).clip(0))  # (n, n), and nothing of (n, n, D)
        np.fill_diagonal(apart, 0.0)
        return np.asarray(apart / self.same)


def _chord(cosine: float) -> float:
    """How far two directions of this cosine are apart."""
    return sqrt(2 - 2 * cosine)


def _dlib() -> IdentityNet:
    from faceshards.models.sessions.dlib_identity import load_dlib_identity

    net = load_dlib_identity()
    return IdentityNet(lambda picture, box, points: net.chip(picture, box), lambda rows: (net.embed_chips(rows),), 1)


def _arcface() -> IdentityNet:
    from faceshards.models.sessions.arcface import ArcFace, aligned

    net = ArcFace(find("w600k_r50"))
    return IdentityNet(lambda picture, box, points: aligned(picture, points), net.run, net.batch)


def _mobilefacenet() -> IdentityNet:
    from faceshards.models.sessions.arcface import aligned
    from faceshards.models.sessions.mobilefacenet import MobileFaceNet

    net = MobileFaceNet(find("mobilefacenet"))
    return IdentityNet(
        lambda picture, box, points: aligned(picture, points), lambda rows: (net.embed_aligned(list(rows)),), 1
    )


def _vggface() -> IdentityNet:
    from faceshards.models.nets.vgg_identity import VggIdentity

    net = VggIdentity(find("vgg_face"))
    return IdentityNet(lambda picture, box, points: net.crop(picture, box), net.run, net.batch)


def _facenet() -> IdentityNet:
    from faceshards.models.sessions.facenet import FaceNet

    net = FaceNet(find("facenet"))
    return IdentityNet(lambda picture, box, points: net.crop(picture, box), net.run, net.batch)


#: Name -> backend, the embedded one first. What is the same person: dlib's own example (0.6); of ArcFace, VGG-Face and
#: FaceNet deepface's thresholds (cosine at least 0.45, 0.32 and 0.60, FaceNet's of its 128 numbers); of MobileFaceNet
#: the middle between the least of one person (0.50) and the most of two (0.25) on real photographs.
BACKENDS: Mapping[str, IdentityBackend] = {
    "dlib": IdentityBackend(("dlib_points_5", "dlib_identity"), 0.6, False, _dlib),
    "arcface": IdentityBackend(("w600k_r50",), _chord(0.45), True, _arcface),
    "vggface": IdentityBackend(("vgg_face",), _chord(0.32), True, _vggface),
    "facenet": IdentityBackend(("facenet",), _chord(0.6), True, _facenet),
    "mobilefacenet": IdentityBackend(("mobilefacenet",), _chord(0.375), True, _mobilefacenet),
}
