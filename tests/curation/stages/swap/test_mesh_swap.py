"""A swap by the mesh at the level of arrays: which pixels change, which must not, in what light."""

import cv2
import numpy as np
import pytest

from faceshards.curation.stages.swap.mesh_source import MeshSource
from faceshards.curation.stages.swap.mesh_swap import swap_mesh
from faceshards.curation.stages.swap.triangles import LEFT_EYE, MOUTH, RIGHT_EYE


def test_pixels_change_within_the_mask_and_nowhere_else(astronaut, astronaut_mesh, hopper_source):
    frame = astronaut.copy()
    frame.setflags(write=False)
    swap = swap_mesh(frame, astronaut_mesh, hopper_source)
    changed = (swap.frame != astronaut).any(axis=2)
    assert np.array_equal(swap.frame[~swap.mask], astronaut[~swap.mask])
    assert changed.sum() > 0.7 * swap.mask.sum() > 3000
    outline = cv2.convexHull(astronaut_mesh[:, :2].astype(np.float32))
    rows, columns = np.nonzero(swap.mask)
    apart = [cv2.pointPolygonTest(outline, (x + 0.5, y + 0.5), True) for x, y in zip(columns, rows, strict=True)]
    assert min(apart) > -3


def test_what_is_seen_through_lips_and_lids_stays(astronaut, astronaut_mesh, hopper_source):
    mesh = astronaut_mesh.copy()
    mesh[MOUTH, 1] += np.where(np.arange(20) < 10, 6, -2)  # a mouth that is wide open
    swap = swap_mesh(astronaut, mesh, hopper_source)
    for ring, most in ((MOUTH, 6), (RIGHT_EYE, 40), (LEFT_EYE, 40)):
        x, y = mesh[ring, :2].mean(axis=0)
        off = np.abs(swap.frame.astype(int) - astronaut)[int(y), int(x)]
        assert off.max() <= most
    nose = mesh[4, :2].astype(int)
    assert swap.mask[nose[1], nose[0]]


def test_the_same_input_gives_the_same_pixels_and_a_face_put_onto_itself_stays(astronaut, astronaut_mesh):
    source = MeshSource.cut("same", astronaut, astronaut_mesh)
    one, other = (swap_mesh(astronaut, astronaut_mesh, source) for _ in range(2))
    assert np.array_equal(one.frame, other.frame)
    off = np.abs(one.frame.astype(int) - astronaut)[one.mask]
    shifted = np.abs(np.roll(astronaut, 1, axis=1).astype(int) - astronaut)[one.mask]
    assert off.mean() < 2.5 < shifted.mean()


def test_the_light_is_that_of_the_frame_whatever_the_source_is_lit_by(astronaut, astronaut_mesh, hopper, hopper_mesh):
    plain = swap_mesh(astronaut, astronaut_mesh, MeshSource.cut("plain", hopper, hopper_mesh))
    tinted = (hopper * np.array([0.5, 0.65, 0.8])).astype(np.uint8)
    dark = swap_mesh(astronaut, astronaut_mesh, MeshSource.cut("dark", tinted, hopper_mesh))
    within = plain.mask & dark.mask
    means = [one[within].mean(axis=0) for one in (plain.frame, dark.frame, astronaut)]
    assert np.abs(means[1] - means[0]).max() < 6 and np.abs(means[0] - means[2]).max() < 8


@pytest.mark.parametrize(("dx", "dy"), [(110, 0), (-110, 0), (0, 120), (0, -110), (120, 120)])
def test_a_face_that_the_frame_cuts_off_is_swapped_as_far_as_it_is_seen(
    astronaut, astronaut_mesh, hopper_source, dx, dy
):
    moved = np.float32([[1, 0, dx], [0, 1, dy]])
    frame = cv2.warpAffine(astronaut, moved, (256, 256), borderMode=cv2.BORDER_REPLICATE)
    swap = swap_mesh(frame, astronaut_mesh + np.array([dx, dy, 0]), hopper_source)
    assert swap.mask.any() and (swap.frame != frame).any()
    assert np.array_equal(swap.frame[~swap.mask], frame[~swap.mask])


def test_a_face_outside_of_the_frame_or_in_one_place_is_left_as_it_is(astronaut, astronaut_mesh, hopper_source):
    mirrored = (astronaut_mesh - np.array([256, 0, 0])) * np.array([-1, 1, 1])
    for points in (astronaut_mesh + np.array([400, 0, 0]), astronaut_mesh * 0 + 100, mirrored):
        swap = swap_mesh(astronaut, points, hopper_source)
        assert not swap.mask.any() and np.array_equal(swap.frame, astronaut)
