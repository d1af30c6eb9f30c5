"""Persons of real pictures, and none of others."""

import numpy as np
import pytest
from skimage import data

from faceshards.media.geometry import apply, invert, letterbox
from faceshards.media.picture import read_picture
from faceshards.models.sessions.pose_detection import HIPS, REACH, SHOULDERS, SIDE, PoseDetection
from tests.models.sessions.mediapipe import opened


@pytest.fixture(scope="module")
def net() -> PoseDetection:
    return opened(PoseDetection, "pose_detection")


def seen(net: PoseDetection, picture: np.ndarray, least: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Points in the picture's pixels, and scores."""
    small, matrix = letterbox(picture, (SIDE, SIDE))
    regressors, logits = net.run(small[None])
    points, scores = net.persons(regressors[0], logits[0], least)
    return apply(invert(matrix), points), scores


def test_the_shoulders_and_the_hips_below_them(net):
    points, scores = seen(net, data.astronaut())
    assert len(points) == 1 and scores[0] > 0.8
    np.testing.assert_allclose(points[0, SHOULDERS], [207, 277], atol=30)
    hips, reach = points[0, HIPS], points[0, REACH]
    assert hips[1] > 400 and np.linalg.norm(reach - hips) > 450


def test_two_persons_of_a_photograph_the_surest_first(net, real):
    points, scores = seen(net, read_picture((real / "image" / "fr_obama_and_biden.jpg").read_bytes()))
    assert len(points) == 2 and scores[0] > scores[1] > 0.5
    np.testing.assert_allclose(points[:, SHOULDERS], [[1282, 679], [810, 690]], atol=60)


def test_nobody_in_noise(net):
    noise = np.random.default_rng(2).integers(0, 256, (120, 160, 3), np.uint8)
    points, scores = seen(net, noise, 0.3)
    assert (points.shape, scores.shape) == ((0, 4, 2), (0,))
