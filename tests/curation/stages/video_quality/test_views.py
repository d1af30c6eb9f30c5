"""Which frames, and which of their pixels, DOVER is shown."""

import numpy as np
import pytest

from faceshards.curation.stages.video_quality.views import fragments, sampled, whole


def test_frames_are_the_middle_of_each_part_and_a_short_clip_begins_anew():
    assert sampled(320, 32, 1).tolist() == [10 * part + 4 for part in range(32)]
    spans = sampled(600, 3, 32).reshape(3, 32)
    assert spans[:, 0].tolist() == [68, 268, 468] and (np.diff(spans, axis=1) == 2).all()
    assert sampled(40, 3, 32).tolist()[:25] == [*range(0, 40, 2), 0, 2, 4, 6, 8]
    assert sampled(1, 4, 32).tolist() == [0] * 128


def test_fragments_are_pixels_as_they_are_one_from_the_middle_of_each_cell():
    y, x = np.mgrid[:700, :420]
    picture = np.stack([y // 4, x // 2, (y + x) % 251], axis=-1).astype(np.uint8)
    found = fragments(picture)
    assert found.shape == (224, 224, 3)
    for row, column in ((0, 0), (3, 6), (6, 2)):
        top, left = 100 * row + 34, 60 * column + 14
        part = found[32 * row : 32 * row + 32, 32 * column : 32 * column + 32]
        np.testing.assert_array_equal(part, picture[top : top + 32, left : left + 32])


@pytest.mark.parametrize("shape", [(224, 224), (100, 300), (60, 40), (2, 2)])
def test_a_small_picture_is_enlarged_and_none_of_it_is_left_out(shape):
    picture = np.zeros((*shape, 3), np.uint8)
    picture[-1:] = picture[:, -1:] = 255
    found = fragments(picture)
    assert found.shape == (224, 224, 3)
    if shape[0] == shape[1]:
        assert found[-1].min() == found[:, -1].min() == 255


def test_the_whole_picture_is_squashed():
    picture = np.zeros((100, 400, 3), np.uint8)
    picture[:, 200:] = 200
    found = whole(picture)
    assert found.shape == (224, 224, 3) and found[:, :110].max() == 0 and found[:, 114:].min() == 200
