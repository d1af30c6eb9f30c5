"""How far the faces of two clips are apart, where shards know it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceshards.dataset.clips import ShardClips
from faceshards.dataset.persons.evidence import gathered
from faceshards.dataset.persons.spaces import SPACES, backend_of
from faceshards.errors import UsageError
from faceshards.shards.storage.remote import StoreOptions


def faces_apart(
    shards: Sequence[ShardClips], pairs: Sequence[tuple[int, int]], options: StoreOptions | None = None
) -> dict[tuple[int, int], float]:
    """Pair of clips -> how far their main faces are apart, in thresholds of the backend (1 and more: two persons').
    Nothing of clips without a face, nor where the shards know none, or of several backends.
    """
    try:
        space = SPACES[backend_of(shards)]
    except UsageError:
        return {}
    evidence = gathered(shards, options)
    faces, rows = space.rows(evidence.faces), {int(clip): row for row, clip in enumerate(evidence.with_face)}
    return {
        (one, other): round(float(np.linalg.norm(faces[rows[one]] - faces[rows[other]])), 3)
        for one, other in pairs
        if one in rows and other in rows
    }
