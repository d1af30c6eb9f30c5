"""Pictures in a network's square, and back."""

import numpy as np
import pytest

from faceshards.curation.stages.stylize.square import back, squared


@pytest.mark.parametrize("shape", [(64, 64), (48, 64), (64, 36), (128, 96), (30, 40), (1, 64), (720, 404)])
def test_a_picture_comes_back_where_it_was(shape):
    y, x = np.mgrid[: shape[0], : shape[1]] / np.reshape(shape, (2, 1, 1))
    picture = (np.stack([x, y, (x + y) / 2], axis=-1) * 255).astype(np.uint8)
    square = squared(picture[None], (64, 64))
    again = back(square, shape)
    assert square.shape == (1, 64, 64, 3) and again.shape == (1, *shape, 3)
    inner = again[0, 2:-2, 2:-2].astype(int) if shape[0] > 4 else again[0].astype(int)
    known = picture[2:-2, 2:-2] if shape[0] > 4 else picture
    assert np.abs(inner - known).max(initial=0) <= 8


def test_it_stands_in_the_middle_between_its_own_mirrored_edges():
    picture = np.zeros((32, 64, 3), np.uint8)
    picture[:2] = 200
    (square,) = squared(picture[None], (64, 64))
    assert np.array_equal(square[16:48], picture)
    assert (square[14:16] == 200).all() and not square[:14].any() and not square[48:].any()
