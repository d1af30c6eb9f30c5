"""BlazeFace's anchors and decoding, by hand; the faces of real pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceshards.errors import StageError, WeightsError
from faceshards.media.geometry import apply, invert, letterbox
from faceshards.models.sessions.blazeface import SIDE, BlazeFace, _anchors
from faceshards.models.weights.registry import find


@pytest.fixture(scope="module")
def net() -> BlazeFace:
    try:
        return BlazeFace(find("face_detection_short_range"))
    except (WeightsError, StageError) as error:
        pytest.skip(f"{error}")


def test_anchors_are_the_cells_middles_two_and_six_of_each():
    anchors = _anchors(SIDE)
    assert anchors.shape == (896, 2)
    np.testing.assert_allclose(anchors[:4] * 128, [[4, 4], [4, 4], [12, 4], [12, 4]])
    np.testing.assert_allclose(anchors[512:519] * 128, [[8, 8]] * 6 + [[24, 8]])


def test_the_full_range_has_one_anchor_a_cell_of_four_pixels():
    anchors = _anchors(192)
    assert anchors.shape == (2304, 2)
    np.testing.assert_allclose(anchors[[0, 1, 48]] * 192, [[2, 2], [6, 2], [2, 6]], rtol=1e-5)


def test_an_anchors_numbers_become_a_box_and_points(net):
    regressors, logits = np.zeros((896, 16), np.float32), np.full(896, -50, np.float32)
    logits[512] = 5
    regressors[512] = [4, -2, 40, 20, *range(12)]
    boxes, points, scores = net.faces(regressors, logits)
    assert boxes.tolist() == [[12 - 20, 6 - 10, 12 + 20, 6 + 10]]
    assert points[0].tolist() == [[8 + 2 * i, 8 + 2 * i + 1] for i in range(6)] and 0.99 < scores[0] < 1


@pytest.mark.parametrize(("name", "count"), [("skimage_astronaut.png", 1), ("hallo_ref3.jpg", 1), ("livep_s38.jpg", 0)])
def test_faces_of_real_pictures(net, real: Path, name: str, count: int):
    picture = np.asarray(Image.open(real / "image" / name).convert("RGB"))
    small, matrix = letterbox(picture, (SIDE, SIDE))
    regressors, logits = net.run(small[None])
    boxes, points, _ = net.faces(regressors[0], logits[0])
    assert len(boxes) == count
    for box, six in zip(boxes, points, strict=True):
        right, left = apply(invert(matrix), six[:2])
        low, high = apply(invert(matrix), box.reshape(2, 2))
        assert low[0] < right[0] < left[0] < high[0]


def test_a_small_face_is_found_by_the_full_range_alone(net, real: Path):
    """15 pixels of 192 are ten of the short range's 128."""
    far = BlazeFace(find("face_detection_full_range_sparse"))
    assert far.side == 192
    picture = Image.open(real / "image" / "skimage_astronaut.png").convert("RGB")  # a face 87 pixels wide
    frame = Image.new("RGB", (1113, 1113))
    frame.paste(picture, (500, 400))
    counts = []
    for one in (far, net):
        small, matrix = letterbox(np.asarray(frame), (one.side, one.side))
        regressors, logits = one.run(small[None])
        boxes, _, _ = one.faces(regressors[0], logits[0])
        counts.append(len(boxes))
        for low, high in apply(invert(matrix), boxes.reshape(-1, 2, 2)):
            assert (low < [723, 519]).all() and (high > [723, 519]).all()
    assert counts == [1, 0]


def test_a_network_of_another_kind_is_refused():
    with pytest.raises(StageError, match="is no BlazeFace: its input is"):
        try:
            BlazeFace(find("iris_landmark"))
        except WeightsError as error:
            pytest.skip(f"{error}")
