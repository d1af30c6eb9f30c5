"""How far eyes and a mouth are open, by the points of lids and lips."""

from __future__ import annotations

import numpy as np

from faceshards.models.sessions.face_layouts import LIDS

# Corners, and pairs of the upper and lower lid above each other, as places in a row of lids.
_OUTER, _INNER = LIDS[0].index(33), LIDS[0].index(133)
_UPPER, _LOWER = ([LIDS[0].index(point) for point in pair] for pair in ((160, 158), (144, 153)))
# Points of the mesh: the middles of the upper and the lower lip's inner edge; the top of the forehead and the chin.
_LIPS, _FACE = (13, 14), (10, 152)


def eye_openings(lids: np.ndarray) -> np.ndarray:
    """Of lids (R, 2, 16, 2): the eye aspect ratio of the person's right and left eye, float32 (R, 2): the mean distance
    of the lids at a third and at two thirds of the eye, over that of its corners (Soukupova & Cech 2016, eq. 1).
    """
    apart = np.linalg.norm(lids[..., _UPPER, :] - lids[..., _LOWER, :], axis=-1).mean(axis=-1)
    width = np.linalg.norm(lids[..., _OUTER, :] - lids[..., _INNER, :], axis=-1)
    return (apart / np.maximum(width, 1e-6)).astype(np.float32)


def mouth_openings(points: np.ndarray) -> np.ndarray:
    """Of meshes (R, 468 or more, 3): the distance of the inner edges of the lips over the face's height, float32 (R,),
    both in space, so that a nod changes little.
    """
    lips, face = (np.linalg.norm(points[:, one] - points[:, other], axis=-1) for one, other in (_LIPS, _FACE))
    return (lips / np.maximum(face, 1e-6)).astype(np.float32)
