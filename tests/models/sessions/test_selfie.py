"""Persons' masks: rows that are the same in any company."""

import numpy as np
import pytest

from faceshards.errors import StageError, WeightsError
from faceshards.models.sessions.selfie import SelfieSegmentation
from faceshards.models.weights.registry import find


def test_a_row_is_bit_for_bit_the_same_in_any_company_and_is_a_share():
    try:
        net = SelfieSegmentation(find("selfie_segmentation"))
    except (WeightsError, StageError) as error:
        pytest.skip(f"{error}")
    pictures = np.random.default_rng(0).integers(0, 256, (3, 256, 256, 3), np.uint8)
    (together,) = net.run(pictures)
    assert together.shape == (3, 256, 256) and 0 <= together.min() <= together.max() <= 1
    for row in range(3):
        np.testing.assert_array_equal(together[row], net.run(pictures[row : row + 1])[0][0])
