"""Which clips may be one person's: their faces are near, and their voices do not speak against it.

face apart, in thresholds:   0 ........ sure ............... alone ................. 1 .....
may be one person's          whatever    unless two voices    only where one voice    never
                             is heard    are heard            is heard in both

A voice never joins two faces beyond the threshold; and where it is heard over faces that are two persons' (a narrator,
a dubbing actor) it joins none at all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceshards.dataset.persons.evidence import Evidence
from faceshards.dataset.persons.near import NearPairs, near_pairs
from faceshards.dataset.persons.spaces import ONE_VOICE, TWO_VOICES, FaceSpace
from faceshards.jobs.progress import Advance


def links(evidence: Evidence, space: FaceSpace, advance: Advance = lambda done, known: None) -> NearPairs:
    """Pairs of clips that may be one person's, by their rows; none of two that are named otherwise."""
    faces = space.rows(evidence.faces)
    near = near_pairs(faces, advance=advance)
    first, second = evidence.with_face[near.first], evidence.with_face[near.second]
    pairs = NearPairs(first, second, near.apart)
    pairs = pairs.chosen(~_named_apart(evidence.names, pairs))
    heard = _Heard(evidence, faces)
    cosine = heard.cosine(pairs.first, pairs.second)
    parted = (pairs.apart >= space.sure) & (cosine < TWO_VOICES)
    unsure = pairs.apart >= space.alone
    joined = np.zeros(len(unsure), bool)
    joined[unsure] = heard.joins(pairs.first[unsure], pairs.second[unsure], cosine[unsure])
    return pairs.chosen(~parted & (~unsure | joined))


def _named_apart(names: Sequence[str | None], pairs: NearPairs) -> np.ndarray:
    """Which pairs are of two names, bool (P,)."""
    order = {name: number for number, name in enumerate(dict.fromkeys(name for name in names if name is not None))}
    numbers = np.array([-1 if name is None else order[name] for name in names], np.int64)
    one, other = numbers[pairs.first], numbers[pairs.second]
    return np.asarray((one >= 0) & (other >= 0) & (one != other))


class _Heard:
    """Who is heard in each clip."""

    def __init__(self, evidence: Evidence, faces: np.ndarray) -> None:
        self._evidence, self._faces = evidence, faces
        self._voice = np.full(len(evidence), -1, np.int64)
        self._voice[evidence.with_voice] = np.arange(len(evidence.with_voice))
        self._face = np.full(len(evidence), -1, np.int64)
        self._face[evidence.with_face] = np.arange(len(evidence.with_face))
        self._narrates: dict[int, bool] = {}

    def cosine(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """How alike the voices of pairs of clips are, float64 (P,); NaN where one has none."""
        one, other = self._voice[first], self._voice[second]
        found, both = np.full(len(first), np.nan), (one >= 0) & (other >= 0)
        voices = self._evidence.voices
        found[both] = np.einsum("pd,pd->p", voices[one[both]], voices[other[both]], dtype=np.float64)
        return found

    def joins(self, first: np.ndarray, second: np.ndarray, cosine: np.ndarray) -> np.ndarray:
        """Which pairs one voice is heard in that is not heard over another person's face, too: bool (P,)."""
        pairs = zip(first.tolist(), second.tolist(), cosine.tolist(), strict=True)
        return np.array([c > ONE_VOICE and not (self._narrator(a) or self._narrator(b)) for a, b, c in pairs], bool)

    def _narrator(self, clip: int) -> bool:
        """Whether a clip's voice is heard over a face that is farther from the clip's than one person's may be."""
        if clip not in self._narrates:
            alike = self._evidence.voices @ self._evidence.voices[self._voice[clip]] > ONE_VOICE
            faces = self._face[self._evidence.with_voice[alike]]
            apart = np.linalg.norm(self._faces[faces[faces >= 0]] - self._faces[self._face[clip]], axis=1)
            self._narrates[clip] = bool((apart >= 1).any())
        return self._narrates[clip]
