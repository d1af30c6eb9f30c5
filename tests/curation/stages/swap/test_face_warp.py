import numpy as np
import pytest

from faceshards.curation.stages.swap.face_warp import affine, bend
from faceshards.media.geometry import ARCFACE_112


def sample(grid: np.ndarray, point: np.ndarray) -> float:
    """The map's value at a point of the region (pixel centres at 0.5), bilinear."""
    x, y = point - 0.5
    i, j = int(np.floor(y)), int(np.floor(x))
    square = grid[i : i + 2, j : j + 2]
    weights = np.outer([1 - (y - i), y - i], [1 - (x - j), x - j])
    return float((square * weights).sum())


@pytest.mark.parametrize("seed", range(5))
def test_the_five_points_meet(seed):
    rng = np.random.default_rng(seed)
    points = ARCFACE_112 * 2 + rng.normal(0, 6, (5, 2)) + 40
    onto = ARCFACE_112 * 1.5 + rng.normal(0, 5, (5, 2))
    corner = np.array([60, 70])
    x, y = bend(points, onto, (60, 70), (200, 190))
    assert x.shape == y.shape == (190, 200)
    landed = np.array([[sample(x, p - corner) + 0.5, sample(y, p - corner) + 0.5] for p in points])
    assert np.abs(landed - onto).max() < 0.5


def test_an_affine_move_bends_nothing():
    move = np.array([[0.9, 0.2, 5.0], [-0.1, 1.1, -3.0]])
    points = ARCFACE_112 * 2
    x, y = bend(points, points @ move[:, :2].T + move[:, 2], (30, 40), (160, 150))
    columns, rows = np.meshgrid(np.arange(160) + 30.5, np.arange(150) + 40.5)
    # OpenCV interpolates the coarse grid in steps of 1/32 of its 5 pixels
    assert np.abs(x + 0.5 - (0.9 * columns + 0.2 * rows + 5)).max() < 0.12
    assert np.abs(y + 0.5 - (-0.1 * columns + 1.1 * rows - 3)).max() < 0.12


def test_least_squares_of_exact_points_is_the_map_itself():
    move = np.array([[0.9, 0.2, 5.0], [-0.1, 1.1, -3.0]])
    assert affine(ARCFACE_112, ARCFACE_112 @ move[:, :2].T + move[:, 2]) == pytest.approx(move)
