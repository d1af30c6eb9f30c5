"""The points of a body in its crop: refined by heat maps, within the mask's outline, the same in any company."""

import numpy as np
import pytest
from skimage import data

from faceshards.models.sessions.pose_landmark import POINTS, SIDE, PoseLandmark, _outline, _refined
from tests.models.sessions.mediapipe import opened


def test_a_point_is_moved_to_the_warm_middle_about_it_where_that_is_sure():
    points = np.full((POINTS, 2), 130.0, np.float32)
    points[1] = [-5, 40]
    heat = np.full((64, 64, POINTS), -50.0, np.float32)
    heat[30, 33, 0] = heat[30, 34, 0] = 50  # two sure cells, 2 above and half a cell right of cell 32, 32
    heat[32, 32, 2] = -1  # warm, and not sure
    heat[40, 40, 3] = 50  # beyond the window
    heat[:, :, 1] = 50
    moved = _refined(points, heat)
    np.testing.assert_allclose(moved[0], [33.5 * 4, 30 * 4], rtol=1e-5)
    np.testing.assert_array_equal(moved[1:], points[1:])


def test_at_an_edge_the_window_ends():
    points = np.full((POINTS, 2), 255.0, np.float32)
    heat = np.full((64, 64, POINTS), -50.0, np.float32)
    heat[61, 63] = 50
    np.testing.assert_allclose(_refined(points, heat), np.tile([63 * 4, 61 * 4], (POINTS, 1)), rtol=1e-5)


def test_the_outline_of_a_mask():
    mask = np.full((SIDE, SIDE), -1.0, np.float32)
    mask[10:12, 20:50] = 1
    edges = _outline(mask)
    some = edges[~np.isnan(edges).any(axis=1)]
    np.testing.assert_allclose(some, [[20, 10.5], [20, 11.5], [50, 10.5], [50, 11.5]])


@pytest.fixture(scope="module")
def net() -> PoseLandmark:
    return opened(PoseLandmark, "pose_landmark_full")


def test_a_person_is_one_and_noise_is_none_in_any_company(net):
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    crops = np.stack([data.astronaut()[::2, ::2], noise])
    points, presence, outline = net.run(crops)
    assert points.shape == (2, POINTS, 4) and outline.shape == (2, 2 * SIDE, 2)
    assert presence[0] > 0.5 > presence[1]
    assert ((points[..., 2:] >= 0) & (points[..., 2:] <= 1)).all()
    for row in (0, 1):
        for together, alone in zip((points, presence, outline), net.run(crops[row : row + 1]), strict=True):
            np.testing.assert_array_equal(together[row], alone[0])
