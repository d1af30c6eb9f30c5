"""Squares of a frame that are cut out upright, and rows that are the same in any company."""

import numpy as np
import pytest

from faceshards.errors import StageError, WeightsError
from faceshards.media.geometry import apply
from faceshards.models.sessions.face_mesh import FaceMesh, Iris, angle_of, roi_matrix
from faceshards.models.weights.registry import find


def test_a_turned_square_stands_upright_in_its_crop():
    angle = angle_of(np.array([0.0, 0.0]), np.array([3.0, 3.0]))
    assert angle == pytest.approx(np.pi / 4)  # clockwise in the picture
    matrix = roi_matrix(np.array([100.0, 50.0]), 20.0, angle, 192)
    np.testing.assert_allclose(apply(matrix, [[100, 50]]), [[96, 96]])
    along = np.array([np.cos(angle), np.sin(angle)])
    np.testing.assert_allclose(apply(matrix, [[100, 50] + 10 * along]), [[192, 96]])
    down = np.array([-np.sin(angle), np.cos(angle)])
    np.testing.assert_allclose(apply(matrix, [[100, 50] + 10 * down]), [[96, 192]])


@pytest.mark.parametrize(("kind", "name", "side"), [(FaceMesh, "face_landmark", 192), (Iris, "iris_landmark", 64)])
def test_a_row_is_bit_for_bit_the_same_in_any_company(kind, name, side):
    try:
        net = kind(find(name))
    except (WeightsError, StageError) as error:
        pytest.skip(f"{error}")
    crops = np.random.default_rng(0).integers(0, 256, (3, side, side, 3), np.uint8)
    together = net.run(crops)
    for row in range(3):
        for all_rows, alone in zip(together, net.run(crops[row : row + 1]), strict=True):
            np.testing.assert_array_equal(all_rows[row], alone[0])
