"""Each path of the scaler against its formula in floating point: ratios, matrices, ranges."""

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from faceshards.media.video.colour import planes_matrix, rgb_matrix
from faceshards.media.video.planes import planes_of
from faceshards.media.video.scaler import Scaler

ROOT = Path(__file__).resolve().parents[3]
# ITU-T H.273: code of the matrix -> (Kr, Kb); and the codes of the ranges.
MATRICES = {1: (0.2126, 0.0722), 2: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
LIMITED, FULL = 1, 2


def noise(size, layout="yuv420p", matrix=2, reach=LIMITED, seed=0) -> av.VideoFrame:
    """A picture of all colours in every pixel."""
    rng = np.random.default_rng(seed)
    picture = av.VideoFrame(*size, layout)
    for plane in picture.planes:
        plane.update(rng.integers(16, 236, plane.buffer_size, np.uint8).tobytes())
    picture.colorspace, picture.color_range = matrix, reach
    return picture


def rgb(planes, matrix, reach):
    """H.273's formulas: Y, Cb, Cr (H, W) to RGB (H, W, 3), float."""
    kr, kb = MATRICES[matrix]
    y, cb, cr = (plane.astype(float) for plane in planes)
    luma, blue, red = (y - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
    if reach == FULL:
        luma, blue, red = y / 255, (cb - 128) / 255, (cr - 128) / 255
    r, b = luma + 2 * (1 - kr) * red, luma + 2 * (1 - kb) * blue
    return np.clip(np.stack([r, (luma - kr * r - kb * b) / (1 - kr - kb), b], 2) * 255, 0, 255)


def box(plane, width, height):
    """The mean of the pixels that become one, float."""
    rows, columns = plane.shape
    return plane.reshape(height, rows // height, width, columns // width).mean((1, 3), dtype=float)


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("reach", [LIMITED, FULL])
@pytest.mark.parametrize("size", [(64, 48), (32, 24), (64, 24)])
def test_whole_ratios_are_the_mean_of_what_becomes_one_pixel(matrix, reach, size):
    picture, out = noise((128, 96), matrix=matrix, reach=reach), np.empty((size[1], size[0], 3), np.uint8)
    Scaler().rgb(picture, out)
    expected = rgb([box(plane, *size) for plane in planes_of(picture)], matrix, reach)
    # The planes' means are rounded before the matrix, a half up, and 2.2 is its largest factor.
    off = np.abs(out - expected)
    assert off.max() < 2.5 and off.mean() < 0.6 and abs((out - expected).mean()) < 0.25


@pytest.mark.parametrize("layout", ["yuv444p", "yuv422p"])
def test_finer_chroma_is_kept_in_whole_ratios(layout):
    picture, out = noise((96, 96), layout), np.empty((32 if layout == "yuv444p" else 48, 48, 3), np.uint8)
    out = out[:, :32] if layout == "yuv444p" else out
    Scaler().rgb(picture, out)
    height, width, _ = out.shape
    expected = rgb([box(plane, width, height) for plane in planes_of(picture)], 2, LIMITED)
    assert np.abs(out - expected).max() < 2.5


def test_pictures_of_their_own_size_are_bit_for_bit_ffmpegs():
    for layout in ("yuv420p", "yuv444p", "gray", "yuv420p10le", "rgb24"):
        picture = noise((50, 34), layout)
        out = np.empty((34, 50, 3), np.uint8)
        Scaler().rgb(picture, out)
        np.testing.assert_array_equal(out, picture.reformat(format="rgb24", dst_color_range="JPEG").to_ndarray())


@pytest.mark.parametrize("size", [(40, 30), (90, 50), (192, 160)])
@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("reach", [LIMITED, FULL])
def test_other_ratios_are_bilinear_and_keep_colours(size, matrix, reach):
    flat = noise((128, 96), matrix=matrix, reach=reach)
    for plane, level in zip(flat.planes, (90, 100, 160), strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    expected = rgb([np.full((1, 1), level) for level in (90, 100, 160)], matrix, reach)
    out = np.empty((size[1], size[0], 3), np.uint8)
    Scaler().rgb(flat, out)
    assert np.abs(out - expected).max() <= 1
    planes = surfaces(size)
    Scaler().planes(flat, planes)
    assert [sorted(set(plane.ravel().tolist())) for plane in planes] == [[90], [100], [160]]


def surfaces(size):
    width, height = size
    return [np.empty((height // down, width // down), np.uint8) for down in (1, 2, 2)]


@pytest.mark.parametrize("layout", ["yuv420p", "yuvj420p", "yuv444p"])
def test_planes_are_the_boxes_of_the_pictures_own(layout):
    picture = noise((128, 96), layout)
    for size in ((128, 96), (64, 48), (32, 32)):
        planes = surfaces(size)
        Scaler().planes(picture, planes)
        for plane, own in zip(planes, planes_of(picture), strict=True):
            assert np.abs(plane - box(own, *plane.shape[::-1])).max() <= 0.5


def test_planes_of_other_kinds_of_pictures_are_bt601():
    for layout in ("rgb24", "gbrp", "gray"):
        picture = av.VideoFrame.from_ndarray(np.full((96, 128, 3), (200, 100, 50), np.uint8), "rgb24")
        picture = picture.reformat(format=layout, dst_color_range="JPEG")
        planes = surfaces((64, 48))
        Scaler().planes(picture, planes)
        assert rgb_matrix(picture) is None
        found = rgb([plane[:24, :32] for plane in planes], 6, LIMITED)[5, 5]
        expected = (200, 100, 50) if layout != "gray" else (found[0],) * 3
        assert np.abs(found - expected).max() < 2.5, layout
        assert np.allclose(planes_matrix(picture)[0, :2], (255 / 219, 0))


def test_a_worker_process_starts_no_threads():
    """Pictures so large that OpenCV shares the work out among threads."""
    code = """
import cv2, multiprocessing, os, numpy as np
from tests.media.video.test_scaler import noise
from faceshards.media.video.scaler import Scaler
cv2.setNumThreads(4)
def work():
    scaler, picture, out = Scaler(), noise((2048, 2048)), np.empty((1024, 1024, 3), np.uint8)
    before = len(os.listdir("/proc/self/task"))
    scaler.rgb(picture, out)
    raise SystemExit(len(os.listdir("/proc/self/task")) - before)
child = multiprocessing.get_context("fork").Process(target=work)
child.start()
child.join()
assert child.exitcode == 0, child.exitcode
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=ROOT)
