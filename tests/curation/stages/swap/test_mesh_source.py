"""Sources: how well a face serves, what of it is shown, at which size it is taken."""

import cv2
import numpy as np
import pytest

from faceshards.curation.stages.swap.mesh_source import MeshSource, width_of
from faceshards.curation.stages.swap.triangles import BROWS


def forehead(points: np.ndarray) -> np.ndarray:
    """The outline of the forehead, int32 (n, 2)."""
    above = points[points[:, 1] < points[BROWS, 1].min() - 3, :2]
    return cv2.convexHull(above.astype(np.int32))


def test_a_free_face_is_fit_and_hair_over_its_forehead_makes_it_unfit(hopper, hopper_mesh):
    free = MeshSource.cut("free", hopper, hopper_mesh)
    haired = hopper.copy()
    cv2.fillPoly(haired, [forehead(hopper_mesh)], (25, 20, 15))
    covered = MeshSource.cut("covered", haired, hopper_mesh)
    assert free.fit >= 1 > 0.5 > covered.fit
    assert covered.kept.sum() < free.kept.sum()
    gone = free.triangles[free.kept & ~covered.kept]
    assert len(gone) > 9 and (free.points[gone, 1].mean(axis=1) < free.points[BROWS, 1].max() + 8).all()


def test_a_small_face_shut_eyes_and_a_turned_head_are_less_fit(hopper, hopper_mesh):
    whole = MeshSource.cut("whole", hopper, hopper_mesh).fit
    small = cv2.resize(hopper, (100, 100), interpolation=cv2.INTER_AREA)
    assert MeshSource.cut("small", small, hopper_mesh * 100 / 256).fit < 0.8 < whole
    shut = hopper_mesh.copy()
    shut[[160, 159, 158, 157, 161, 173, 246]] = shut[[144, 145, 153, 154, 163, 155, 7]]
    assert MeshSource.cut("shut", hopper, shut).fit < 0.5


def test_the_points_are_where_they_were_in_the_picture(astronaut, astronaut_mesh):
    source = MeshSource.cut("a", astronaut, astronaut_mesh)
    assert width_of(source.points) == pytest.approx(width_of(astronaut_mesh), rel=1e-3)
    lab = cv2.cvtColor(astronaut, cv2.COLOR_RGB2LAB)
    for x, y, own_x, own_y in np.hstack([source.points[::40, :2], astronaut_mesh[::40, :2]]):
        seen, own = source.pictures[0][int(y), int(x)].astype(int), lab[int(own_y), int(own_x)].astype(int)
        assert np.abs(seen - own).max() < 30
    assert source.facing[2] > 0.9


def test_a_small_face_is_taken_from_a_smaller_picture(astronaut, astronaut_mesh):
    source = MeshSource.cut("a", astronaut, astronaut_mesh)
    width = width_of(source.points)
    sides = [source.level(width * share)[0].shape[0] for share in (2, 1, 0.6, 0.49, 0.24, 0.01)]
    assert sides == [len(source.pictures[number]) for number in (0, 0, 0, 1, 2, 2)]
    picture, points = source.level(width * 0.4)
    assert len(picture) == len(source.pictures[0]) // 2 and np.allclose(points * 2, source.points)


def test_a_face_at_the_edge_of_its_picture_has_its_edge_repeated(hopper, hopper_mesh):
    off = int(hopper_mesh[:, 0].min()) + 30
    source = MeshSource.cut("cut", np.ascontiguousarray(hopper[:, off:]), hopper_mesh - [off, 0, 0])
    assert len(np.unique(source.pictures[0][:, :20].reshape(-1, 3), axis=0)) > 10
