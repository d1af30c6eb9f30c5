"""The spaces in which faces and voices are compared, and how near two of one person are in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from faceshards.dataset.clips import ShardClips
from faceshards.errors import UsageError

#: The stage that makes faces' numbers; its provenance says by which backend.
STAGE = "identity"


@dataclass(frozen=True)
class FaceSpace:
    """`same`: two faces farther apart (Euclidean) are never one person's; `directions`: the numbers are compared at
    length 1. In units of `same`: below `sure` they are one person's whatever is heard; below `alone` they are unless
    two voices part them; above it only where the voices are one's.
    """

    same: float
    directions: bool
    sure: float = 0.6
    alone: float = 1.0

    def rows(self, faces: np.ndarray) -> np.ndarray:
        """Faces (n, D) in a space where 1 is as far as one person's may be: float32 (n, D)."""
        found = faces.astype(np.float32)
        if self.directions:
            found = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
        return found / np.float32(self.same)


def _chord(cosine: float) -> float:
    return sqrt(2 - 2 * cosine)


#: Backend of the stage `identity` -> its space. `same` as `curate` has it: dlib's own example (0.6); deepface's
#: thresholds of ArcFace, VGG-Face and FaceNet; of MobileFaceNet the middle between one person and two on photographs.
#: `alone` of dlib: 0.45, as two of 21 different persons on real clips are 0.46 apart, and six pairs of them below 0.6;
#: of VGG-Face, whose threshold lies as far among strangers, likewise.
SPACES: Mapping[str, FaceSpace] = {
    "dlib": FaceSpace(0.6, False, alone=0.75),
    "arcface": FaceSpace(_chord(0.45), True, sure=0.8),
    "vggface": FaceSpace(_chord(0.32), True, alone=0.75),
    "facenet": FaceSpace(_chord(0.6), True, sure=0.8),
    "mobilefacenet": FaceSpace(_chord(0.375), True, sure=0.8),
}

#: Cosines of two voices of GE2E: above the first one person speaks, below the second two do. Resemblyzer's own
#: demonstration of telling speakers apart is confident from 0.75 on and uncertain down to 0.65.
ONE_VOICE, TWO_VOICES = 0.75, 0.65


def backend_of(shards: Sequence[ShardClips]) -> str:
    """The backend by which the faces of all shards were made. Raises UsageError where there is none or more than one:
    the numbers of two do not compare.
    """
    found: dict[str, str] = {}
    for shard in shards:
        if "identity.npy" in shard.columns:
            names = [str(one.params.get("backend")) for one in shard.made_by(STAGE)] or ["nobody known"]
            found |= {name: str(shard.place) for name in names}
    if not found:
        raise UsageError(
            "no shard has identity.npy, by which faces compare: "
            "`faceshards curate SHARDS --stages faces,identity,voice` makes it"
        )
    if len(found) > 1:
        told = ", ".join(f"{name} ({place})" for name, place in sorted(found.items()))
        raise UsageError(
            f"identity.npy was made by several backends, whose numbers do not compare: {told}: curate anew"
        )
    (backend,) = found
    if backend not in SPACES:
        raise UsageError(
            f"identity.npy was made by {backend}: how near one person's are is known of {', '.join(SPACES)}"
        )
    return backend
