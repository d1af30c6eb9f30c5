"""The list of 68 among the mesh's points, and the lids."""

import numpy as np

from faceshards.models.sessions.face_layouts import EYES_68, LIDS, MESH_68, points_68

#: Point of the 68 -> the one that a mirror changes it for.
MIRROR = [
    *range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, *range(35, 30, -1),
    45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
    *range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), 67, 66, 65,
]  # fmt: skip


def test_the_list_is_one_of_different_points_whose_lids_are_told():
    assert len(set(MESH_68)) == 68 and max(MESH_68) < 468
    for eye, lids in zip(EYES_68, LIDS, strict=True):
        assert {MESH_68[point] for point in eye} <= set(lids) and len(set(lids)) == 16


def test_eyes_are_taken_from_the_lids_and_the_rest_from_the_mesh():
    mesh = np.arange(468 * 3, dtype=np.float32).reshape(1, 468, 3)
    lids = -np.arange(64, dtype=np.float32).reshape(1, 2, 16, 2) - 1
    found = points_68(mesh, lids)
    assert found.shape == (1, 68, 2) and found.dtype == np.float32
    assert found[0, 8].tolist() == mesh[0, 152, :2].tolist()
    assert (found[0, 36:48] < 0).all() and (np.delete(found[0], range(36, 48), axis=0) >= 0).all()
    assert found[0, 36].tolist() == lids[0, 0, 0].tolist()  # the right eye's outer corner
    assert found[0, 45].tolist() == lids[0, 1, 0].tolist()  # the left eye's
