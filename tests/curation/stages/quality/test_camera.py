"""The camera's motion, where it is known."""

import numpy as np
import pytest

from faceshards.curation.stages.quality.camera import UNKNOWN, Camera, background

NOBODY = np.zeros((0, 4), np.float32)


@pytest.fixture(scope="module")
def wide() -> np.ndarray:
    """A textured picture, uint8 (512, 512)."""
    from skimage import data

    return np.ascontiguousarray(data.brick())


def test_a_pan_is_measured_in_longer_sides(wide):
    camera = Camera()
    found = [camera.moved(np.ascontiguousarray(wide[:240, x : x + 320]), NOBODY) for x in (0, 0, 8, 16, 20)]
    assert found[0] == 0 and found[1:] == pytest.approx([0, 8 / 320, 8 / 320, 4 / 320], abs=0.002)


def test_who_moves_before_a_camera_that_stands_is_not_the_camera(wide):
    face = np.random.default_rng(0).integers(0, 256, (80, 60), np.uint8)
    camera, found = Camera(), []
    for x in (120, 128, 136, 144):
        picture = wide[:300, :400].copy()
        picture[80:160, x : x + 60] = face
        picture[200:, x - 40 : x + 100] = np.random.default_rng(1).integers(0, 256, (100, 140), np.uint8)
        found.append(camera.moved(picture, np.array([[x, 80, x + 60, 160]], np.float32)))
    assert found == pytest.approx([0, 0, 0, 0], abs=0.001)


def test_of_a_flat_wall_and_of_a_frame_full_of_face_nothing_is_known(wide):
    for picture, faces in (
        (np.full((200, 300), 99, np.uint8), NOBODY),
        (wide[:200, :300].copy(), np.array([[20, 10, 280, 190]], np.float32)),
    ):
        camera = Camera()
        assert [camera.moved(picture, faces) for _ in range(3)] == [0, UNKNOWN, UNKNOWN]


def test_what_lies_beside_and_below_a_face_is_a_person_s():
    mask = background((100, 200), np.array([[90.0, 20, 110, 40]]))
    assert mask[5, 100] == 255 and mask[30, 60] == 255 and mask[90, 20] == 255
    assert (mask[12, 82:118] == 0).all() and (mask[90, 62:138] == 0).all()
    assert background((10, 10), np.array([[-50.0, -50, -20, -20]])).shape == (10, 10)
