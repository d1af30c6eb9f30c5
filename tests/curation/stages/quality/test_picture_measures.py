"""Light, sharpness and blocks of pictures that are spoiled on purpose."""

import cv2
import numpy as np
import pytest

from faceshards.curation.stages.quality import picture_measures as measures


def photo() -> np.ndarray:
    from skimage import data

    return np.ascontiguousarray(data.astronaut()[:384, :400])


def test_luma_weighs_colours_and_what_is_cut_off_is_counted():
    picture = np.zeros((10, 20, 3), np.uint8)
    picture[:, :5] = 255
    picture[:, 5:10] = (0, 255, 0)
    grey = measures.luma(picture)
    assert grey[0, [0, 5, 10]].tolist() == [255, 150, 0] and measures.highlights(grey) == 0.25


def test_a_large_picture_is_brought_down_and_a_small_one_is_left():
    assert measures.brought_down(np.zeros((100, 1000), np.uint8), 512).shape == (51, 512)
    small = np.zeros((100, 60), np.uint8)
    assert measures.brought_down(small, 512) is small


def test_blur_takes_sharpness_step_by_step():
    grey = measures.luma(photo())
    found = [measures.sharpness(grey), *(measures.sharpness(cv2.GaussianBlur(grey, (0, 0), s)) for s in (1, 2, 4))]
    assert found == sorted(found, reverse=True) and found[0] > 20 * found[2] and found[3] > 0
    assert measures.sharpness(np.full((9, 9), 7, np.uint8)) == 0


def test_the_more_is_compressed_the_more_blocks_show():
    def packed(quality: int) -> np.ndarray:
        _, body = cv2.imencode(".jpg", photo(), [cv2.IMWRITE_JPEG_QUALITY, quality])
        return measures.luma(cv2.imdecode(body, cv2.IMREAD_COLOR))

    found = [measures.blockiness(measures.luma(photo())), *(measures.blockiness(packed(q)) for q in (90, 60, 30, 10))]
    assert found[0] == pytest.approx(1, abs=0.05) and found == sorted(found) and found[4] > 1.5
    turned = np.ascontiguousarray(packed(10).T)
    assert measures.blockiness(turned) == pytest.approx(found[4])
    assert measures.blockiness(packed(10)[4:, 4:]) < 1  # blocks elsewhere


@pytest.mark.parametrize("shape", [(40, 40), (2, 2), (1, 30), (8, 8)])
def test_a_flat_or_tiny_picture_has_no_blocks(shape):
    assert measures.blockiness(np.full(shape, 77, np.uint8)) == pytest.approx(1)
