"""Which points of MediaPipe's mesh are the 68 points of iBUG (Sagonas et al. 2013), as dlib and COCO-WholeBody count.

Jaw 0-16 from the picture's left, brows 17-26, nose 27-35, eyes 36-47, outer lips 48-59, inner lips 60-67.
"""

from __future__ import annotations

import numpy as np

#: The lids of the person's right eye and of the left one, as points of the mesh, in the order in which `iris_landmark`
#: tells them: the lower lid from the outer corner to the inner one, then the upper lid without its corners
#: (mediapipe/graphs/iris_tracking/calculators/update_face_landmarks_calculator.cc).
LIDS = (
    (33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173),
    (263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398),
)
# fmt: off
#: Point of the 68 -> point of the mesh. Each pair of points is a pair of the mesh that a mirror changes for each other.
#: Corners of eyes and mouth, lips and the middle of the nose are where anatomy has them; jaw, brows and the wings of
#: the nose are the vertices nearest to PFLD's points (github.com/cunjian/pytorch_face_landmark) on 21 real clips, and
#: looked at, for PFLD is no truth on a jaw. There they lie 2.4 % of the face's width from PFLD's (median over frames;
#: jaw 3.4, brows 2.9, nose 2.0, eyes 2.0, lips 1.9); fitted on 11 of the clips alone they are as near on the others.
MESH_68 = (
    127, 234, 177, 215, 138, 136, 149, 148, 152, 377, 378, 365, 367, 435, 401, 454, 356,
    70, 63, 105, 66, 55, 285, 296, 334, 293, 300,
    168, 197, 5, 4, 240, 97, 2, 326, 460,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,
    78, 82, 13, 312, 308, 317, 14, 87,
)
# fmt: on
#: Of the 68, the points of the person's right and of the left eye.
EYES_68 = (tuple(range(36, 42)), tuple(range(42, 48)))


def points_68(mesh: np.ndarray, lids: np.ndarray) -> np.ndarray:
    """The 68 points, float32 (R, 68, 2), of meshes (R, 468 or more, 2 or 3) and lids (R, 2, 16, 2): eyes are where the
    lids are, for the mesh hardly follows a blink.
    """
    found = mesh[:, list(MESH_68), :2].astype(np.float32)
    for number, (eye, order) in enumerate(zip(EYES_68, LIDS, strict=True)):
        found[:, eye] = lids[:, number][:, [order.index(MESH_68[point]) for point in eye]]
    return found
