import cv2
import numpy as np
import pytest

from faceshards.dataset.duplicates.alike import MOMENTS
from faceshards.dataset.duplicates.moments import same_moments
from tests.dataset.duplicates.moving import scene


def fine(pictures):
    small = [cv2.resize(one, (32, 32), interpolation=cv2.INTER_AREA) for one in pictures]
    return np.stack(small).mean(axis=3).round().astype(np.uint8).reshape(len(small), -1)


WHOLE = scene(6, 1)
LOOKS = fine(WHOLE)


def noisy(looks, seed=0):
    return (looks * 0.9 + 12 + np.random.default_rng(seed).normal(scale=1.5, size=looks.shape)).clip(0, 255)


def test_moments_that_both_show_are_found_with_their_place():
    found = same_moments(LOOKS[:125], noisy(LOOKS[50:]), 2.2)
    assert found.score > 0.9 and found.reason == MOMENTS
    assert found.start - found.other_start == pytest.approx(2.0, abs=0.13) and found.seconds >= 2.9
    cropped = fine(WHOLE[:, 3:-3, 4:-4])
    assert same_moments(LOOKS[:75], cropped[:75], 0.0).score > 0.7


def test_other_moments_of_one_room_are_not_the_same():
    other = fine(scene(3, 2))
    assert same_moments(LOOKS[:75], LOOKS[75:], 0.0) is None
    assert same_moments(LOOKS[:75], other, 0.5) is None


def test_too_little_is_not_told():
    assert same_moments(LOOKS[:29], LOOKS[:29], 0.0) is None
    assert same_moments(LOOKS[:30], LOOKS[:30], 0.0).score == 1
    assert same_moments(LOOKS[:75], LOOKS[70:], 2.8) is None
    assert same_moments(LOOKS[:100], LOOKS[50:], 2.0) is None, "a part of each, for two seconds"
