"""Planes become RGB within a level of the formula in floating point, whatever their matrix and range."""

import cv2
import numpy as np
import pytest
import torch

from faceshards.errors import UsageError
from faceshards.loaders import to_rgb

# ITU-T H.273: (Kr, Kb) of BT.601, BT.709, BT.2020.
WEIGHTS = [(0.299, 0.114), (0.2126, 0.0722), (0.2627, 0.0593)]


def matrix(weights, is_full):
    red, blue = weights
    luma, chroma, black = (1, 1, 0) if is_full else (255 / 219, 255 / 224, 16)
    green = 1 - red - blue
    to_red, to_blue = 2 * (1 - red) * chroma, 2 * (1 - blue) * chroma
    rows = np.array([[luma, 0, to_red], [luma, -to_blue * blue / green, -to_red * red / green], [luma, to_blue, 0]])
    return np.column_stack([rows, -rows @ [black, 128, 128]])


def formula(planes, taking):
    """By OpenCV's bilinear filter and numpy's float64: (3 H / 2, W) and (3, 4) to (H, W, 3)."""
    rows, width = planes.shape
    height = rows * 2 // 3
    halves = planes[height:].reshape(2, height // 2, width // 2).astype(np.float64)
    chroma = [cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR) for one in halves]
    full = np.stack([planes[:height].astype(np.float64), *chroma], 2)
    return np.clip(full @ taking[:, :3].T + taking[:, 3], 0, 255)


def test_a_batch_of_clips_of_several_matrices_and_ranges():
    kinds = [matrix(weights, is_full) for weights in WEIGHTS for is_full in (False, True)]
    planes = np.random.default_rng(0).integers(0, 256, (len(kinds), 3, 36, 40), np.uint8)
    found = to_rgb(torch.from_numpy(planes), torch.tensor(np.stack(kinds), dtype=torch.float32))
    assert found.shape == (len(kinds), 3, 24, 40, 3) and found.dtype == torch.uint8
    for clip, taking, pictures in zip(planes, kinds, found.numpy(), strict=True):
        for picture, expected in zip(pictures, clip, strict=True):
            assert np.abs(picture - formula(expected, taking)).max() < 0.51


def test_one_sample_is_as_in_a_batch():
    planes = torch.randint(0, 256, (2, 5, 24, 16), dtype=torch.uint8)
    taking = torch.tensor(np.stack([matrix(WEIGHTS[0], False)] * 2), dtype=torch.float32)
    assert torch.equal(to_rgb(planes[1], taking[1]), to_rgb(planes, taking)[1])


@pytest.mark.parametrize(("planes", "taking"), [((2, 5, 24, 16), (3, 4)), ((5, 25, 16), (3, 4)), ((5, 24, 15), (3, 4))])
def test_other_shapes_are_refused(planes, taking):
    with pytest.raises(UsageError, match=r"to_rgb takes uint8 \(B, T, 3 H / 2, W\)"):
        to_rgb(torch.zeros(planes, dtype=torch.uint8), torch.zeros(taking))
    with pytest.raises(UsageError, match="float32"):
        to_rgb(torch.zeros(5, 24, 16), torch.zeros(3, 4))
