"""The triangles of a mesh: they cover the face once, and no opening."""

import cv2
import numpy as np
import pytest

from faceshards.curation.stages.swap.triangles import LEFT_EYE, MOUTH, OPENINGS, filled, opening, triangles, turns


def area_of(ring: np.ndarray) -> float:
    return float(cv2.contourArea(ring.astype(np.float32)))


def test_they_cover_the_face_once_but_for_its_openings(astronaut_mesh):
    flat = astronaut_mesh[:, :2].astype(np.float64)
    found = triangles(flat)
    areas = turns(flat, found) / 2
    face = area_of(cv2.convexHull(flat.astype(np.float32)))
    expected = face - sum(area_of(flat[ring]) for ring in OPENINGS)
    assert areas.sum() == pytest.approx(expected, rel=0.01)
    assert areas[areas < 0].sum() > -0.005 * face  # where the opened mouth's triangles lie on the real one
    assert set(found.ravel()) == set(range(468))
    for ring in OPENINGS:
        assert not np.isin(found, ring).all(axis=1).any()


def test_a_shut_mouth_and_shut_eyes_have_the_openings_of_open_ones(astronaut_mesh):
    """No triangle spans from lip to lip, or from lid to lid."""
    shut = astronaut_mesh[:, :2].astype(np.float64)
    for ring in OPENINGS:
        half = len(ring) // 2
        lower, upper = ring[1:half], ring[half + 1 :][::-1]
        shut[lower] = shut[upper] = (shut[lower] + shut[upper]) / 2
    found = triangles(shut)
    for ring in OPENINGS:
        half = len(ring) // 2
        lower, upper = (np.isin(found, part).any(axis=1) for part in (ring[1:half], ring[half + 1 :]))
        assert not (lower & upper).any()
    assert opening(shut, MOUTH) == 0 < opening(astronaut_mesh, LEFT_EYE)


def test_a_face_on_its_side_has_the_same_triangles(astronaut_mesh):
    flat = astronaut_mesh[:, :2].astype(np.float64)
    turned = (flat - flat.mean(axis=0)) @ np.array([[0.6, 0.8], [-0.8, 0.6]])
    upright, aside = ({tuple(sorted(one)) for one in triangles(points).tolist()} for points in (flat, turned))
    assert upright == aside


def test_a_mask_is_filled_within_and_not_beside():
    mask = np.zeros((9, 9), bool)
    mask[1:8, 1:5] = True
    mask[3:5, 2:4] = False
    whole = np.zeros((9, 9), np.uint8)
    whole[1:8, 1:5] = 1
    assert np.array_equal(filled(mask), whole)
