import numpy as np

from faceshards.media.geometry import apply
from faceshards.viewer.pages.clip.rays import crop_corners, gaze_rays, head_axes


def mesh(tilt=0.0):
    points = np.zeros((1, 478, 2))
    points[0, 468], points[0, 473] = (0, 0), (10 * np.cos(tilt), 10 * np.sin(tilt))
    points[0, 1] = (5, 5)
    return points


def test_the_length_of_rays_goes_by_the_distance_of_the_irises_however_the_head_is_tilted():
    for tilt in (0, 0.7):
        rays = gaze_rays(mesh(tilt), np.array([[np.pi / 2, 0.0]]))
        np.testing.assert_allclose(rays[0, 1] - rays[0, 0], [15, 0], atol=1e-9)


def test_axes_are_those_of_a_rotation():
    """Against the matrix of the three turns, multiplied by itself: roll, then pitch, then yaw."""
    yaw, pitch, roll = 0.4, -0.3, 0.2
    turn_roll = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    turn_pitch = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
    turn_yaw = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    turned = turn_yaw @ turn_pitch @ turn_roll @ np.array([[1, 0, 0], [0, -1, 0], [0, 0, -1]]).T
    axes = head_axes(mesh(), np.degrees([[yaw, pitch, roll]]))
    np.testing.assert_allclose((axes[0, 1::2] - axes[0, ::2]) / 10, turned[:2].T, atol=1e-9)


def test_a_face_looks_where_its_yaw_and_pitch_say_whatever_its_roll():
    yaw, pitch = 0.5, 0.25
    for roll in (-40, 0, 70):
        axes = head_axes(mesh(), np.array([[np.degrees(yaw), np.degrees(pitch), roll]]))
        towards = (axes[0, 5] - axes[0, 4]) / 10
        np.testing.assert_allclose(towards, [np.sin(yaw) * np.cos(pitch), -np.sin(pitch)], atol=1e-9)


def test_corners_come_back_to_those_of_the_crop():
    matrices = np.array([[[0.5, 0.1, 3], [-0.1, 0.5, 4]], [[0, 0, 1], [0, 0, 1]]])
    corners = crop_corners(matrices, (64, 32))
    np.testing.assert_allclose(apply(matrices[0], corners[0]), [[0, 0], [64, 0], [64, 32], [0, 32]], atol=1e-9)
    assert np.isnan(corners[1]).all()
