"""The networks of hands: no hand in noise, and rows that are the same in any company."""

import numpy as np
import pytest

from faceshards.models.sessions.hand_landmark import HAND_POINTS, HAND_SIDE, RECROP_SIDE, HandLandmark, HandRecrop
from tests.models.sessions.mediapipe import opened


@pytest.mark.parametrize(
    ("kind", "name", "side"),
    [(HandRecrop, "hand_recrop", RECROP_SIDE), (HandLandmark, "hand_landmark_full", HAND_SIDE)],
)
def test_a_row_is_bit_for_bit_the_same_in_any_company(kind, name, side):
    net = opened(kind, name)
    crops = np.random.default_rng(0).integers(0, 256, (2, side, side, 3), np.uint8)
    together = net.run(crops)
    for row in (0, 1):
        for all_rows, alone in zip(together, net.run(crops[row : row + 1]), strict=True):
            np.testing.assert_array_equal(all_rows[row], alone[0])


def test_noise_and_grey_are_no_hands():
    net = opened(HandLandmark, "hand_landmark_full")
    noise = np.random.default_rng(1).integers(0, 256, (HAND_SIDE, HAND_SIDE, 3), np.uint8)
    points, presence = net.run(np.stack([noise, np.full_like(noise, 128)]))
    assert points.shape == (2, HAND_POINTS, 2) and (presence < 0.5).all()
