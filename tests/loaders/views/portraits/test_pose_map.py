"""Pose maps against an independent drawing: shapes by their equations, sampled many times a pixel."""

import numpy as np

from faceshards.loaders.units.portrait.poses import Poses
from faceshards.loaders.views.portraits.pose_map import pose_map

# What OpenPose's own code has: limbs counted from 1, and the colours of the 18 joints.
LIMBS = [[2, 3], [2, 6], [3, 4], [4, 5], [6, 7], [7, 8], [2, 9], [9, 10], [10, 11], [2, 12], [12, 13], [13, 14],
         [2, 1], [1, 15], [15, 17], [1, 16], [16, 18]]  # fmt: skip
COLOURS = [[255, 0, 0], [255, 85, 0], [255, 170, 0], [255, 255, 0], [170, 255, 0], [85, 255, 0], [0, 255, 0],
           [0, 255, 85], [0, 255, 170], [0, 255, 255], [0, 170, 255], [0, 85, 255], [0, 0, 255], [85, 0, 255],
           [170, 0, 255], [255, 0, 255], [255, 0, 170], [255, 0, 85]]  # fmt: skip
FINE = 4


def drawn(points: np.ndarray, there: np.ndarray, side: int) -> np.ndarray:
    """One person, float (side, side, 3)."""
    middles = (np.arange(side * FINE) + 0.5) / FINE
    x, y = np.meshgrid(middles, middles)
    picture = np.zeros((side * FINE, side * FINE, 3))
    unit = side / 512
    for (a, b), colour in zip(LIMBS, COLOURS, strict=False):
        if there[a - 1] and there[b - 1]:
            first, last = points[a - 1], points[b - 1]
            half, middle = np.hypot(*(last - first)) / 2, (first + last) / 2
            across, down = (last - first) / (2 * half)
            along = (x - middle[0]) * across + (y - middle[1]) * down
            beside = (y - middle[1]) * across - (x - middle[0]) * down
            picture[(along / half) ** 2 + (beside / (4 * unit)) ** 2 <= 1] = 0.6 * np.array(colour)
    dots = [(at, 4, COLOURS[at]) for at in range(18)] + [(at, 3, [255, 255, 255]) for at in range(24, 92)]
    for at, radius, colour in dots:
        if there[at]:
            picture[(x - points[at, 0]) ** 2 + (y - points[at, 1]) ** 2 <= (radius * unit) ** 2] = colour
    return picture.reshape(side, FINE, side, FINE, 3).mean(axis=(1, 3))


def one(points, scores):
    return Poses(points[None], scores[None], np.zeros(1, np.int64))


def test_a_person_is_drawn_as_openpose_draws_one():
    random = np.random.default_rng(5)
    points, scores = random.uniform(20, 236, (134, 2)), np.ones(134)
    scores[[4, 7, 40]] = 0.2  # a hand of each arm, a point of the face
    points[10] = 0  # not found
    there = (scores >= 0.3) & points.any(axis=1)
    found, expected = pose_map(one(points, scores), 256).astype(float), drawn(points, there, 256)
    far = np.abs(found - expected)
    assert far.mean() < 0.35 and np.percentile(far, 99) < 40
    inside = (expected.max(axis=2) > 0) == (found.max(axis=2) > 0)
    assert inside.mean() > 0.985
    # Where nothing else lies, a limb has six tenths of its colour and a joint all of it.
    calm = one(np.where(np.isin(np.arange(134), [2, 3])[:, None], np.array([[64, 64]]), 0.0), np.ones(134))
    calm.points[0, 3] = [192, 128]
    picture = pose_map(calm, 256)
    assert picture[96, 128].tolist() == [153, 102, 0] and picture[64, 64].tolist() == COLOURS[2]


def test_nobody_and_points_far_outside_draw_nothing():
    assert not pose_map(Poses(np.zeros((0, 134, 2)), np.zeros((0, 134)), np.zeros(0, np.int64)), 64).any()
    assert not pose_map(one(np.full((134, 2), 1e9), np.ones(134)), 64).any()
    assert not pose_map(one(np.full((134, 2), np.nan), np.ones(134)), 64).any()


def test_the_map_grows_with_the_picture():
    random = np.random.default_rng(1)
    points = random.uniform(10, 118, (134, 2))
    small, large = pose_map(one(points, np.ones(134)), 128), pose_map(one(4 * points, np.ones(134)), 512)
    averaged = large.reshape(128, 4, 128, 4, 3).mean(axis=(1, 3))
    assert np.abs(small - averaged).mean() < 0.6
