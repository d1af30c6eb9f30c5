import cv2
import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.geometry import (
    ARCFACE_112,
    FACE_224,
    apply,
    crop_matrix,
    invert,
    iou,
    letterbox,
    letterbox_matrix,
    similarity,
    square_box,
    upright,
    warp,
)

RNG = np.random.default_rng(4)


def spot(size: tuple[int, int], x: int, y: int) -> np.ndarray:
    """A black picture with one soft white spot centred on pixel (x, y)."""
    rows, columns = np.mgrid[: size[1], : size[0]]
    blob = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 18)
    return np.repeat(blob.astype(np.uint8)[:, :, None], 3, 2)


def centre_of(picture: np.ndarray) -> np.ndarray:
    """Where the light's centre of mass lies, in this project's coordinates."""
    weight = picture[:, :, 0].astype(float)
    rows, columns = np.mgrid[: weight.shape[0], : weight.shape[1]] + 0.5
    return np.array([(columns * weight).sum(), (rows * weight).sum()]) / weight.sum()


@pytest.mark.parametrize("angle", [0.0, 0.3, 2.0, -3.0])
@pytest.mark.parametrize("scale", [0.1, 1.0, 7.0])
def test_similarity_finds_the_transform_again(angle, scale):
    points = RNG.uniform(0, 100, (5, 2))
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = similarity(points, points @ turn.T + [3, -40])
    assert matrix == pytest.approx(np.column_stack([turn, [3, -40]]), abs=1e-9)


def test_similarity_is_the_least_squares_one_and_never_a_mirror():
    """Against a general solver for (a, b, tx, ty) in x' = a x - b y + tx, y' = b x + a y + ty."""
    for _ in range(20):
        source, target = RNG.uniform(0, 100, (2, 5, 2))
        rows = [[[x, -y, 1, 0], [y, x, 0, 1]] for x, y in source]
        a, b, tx, ty = np.linalg.lstsq(np.reshape(rows, (10, 4)), target.ravel(), rcond=None)[0]
        assert similarity(source, target) == pytest.approx(np.array([[a, -b, tx], [b, a, ty]]), abs=1e-8)
    mirrored = ARCFACE_112 * [-1, 1]
    assert np.linalg.det(similarity(ARCFACE_112, mirrored)[:, :2]) > 0


def test_similarity_of_one_place_is_refused():
    with pytest.raises(ClipError) as caught:
        similarity(np.ones((5, 2)), ARCFACE_112)
    assert caught.value.code == "no-face"


def test_templates_are_upright_faces():
    published = np.array([[0.3419, 0.4616], [0.6565, 0.4598], [0.5002, 0.6405], [0.3710, 0.8247], [0.6315, 0.8233]])
    # Ours count from the edge, the published ones from the first pixel's centre.
    assert pytest.approx(published, abs=1e-4) == (ARCFACE_112 - 0.5) / 112
    assert pytest.approx(ARCFACE_112 / 112) == FACE_224 / 224


def test_warp_moves_light_where_apply_moves_points():
    picture, point = spot((80, 60), 30, 20), np.array([30.5, 20.5])
    for matrix in (
        np.array([[1.0, 0, 7], [0, 1, -3]]),
        similarity(np.array([[0, 0], [80, 0]]), np.array([[10, 5], [60, 40]])),
        crop_matrix(np.array([10, 5, 50, 45]), (120, 120)),
        0.25 * np.array([[1.0, 0, 0], [0, 1, 0]]),
        0.4 * np.array([[1.0, 0, 9], [0, 1, 5]]),
    ):
        assert centre_of(warp(picture, matrix, (120, 120))) == pytest.approx(apply(matrix, point), abs=0.1)


def test_an_aligned_face_equals_opencvs_by_the_published_template():
    image = RNG.integers(0, 255, (200, 200, 3), np.uint8)
    points = np.array([[80.0, 90], [120, 88], [101, 110], [85, 130], [117, 129]])
    published = ARCFACE_112 - 0.5
    reference, _ = cv2.estimateAffinePartial2D(points - 0.5, published, method=cv2.LMEDS)
    matrix = similarity(points, ARCFACE_112)
    assert apply(matrix, points) == pytest.approx(ARCFACE_112, abs=3)
    expected = cv2.warpAffine(image, similarity(points - 0.5, published), (112, 112))
    assert np.abs(warp(image, matrix, (112, 112)).astype(int) - expected).max() <= 1
    assert reference.shape == matrix.shape


def test_shrinking_averages():
    """A fine checkerboard shrinks to grey, not to whichever pixels were hit."""
    board = (np.indices((300, 300)).sum(0) % 2 * 255).astype(np.uint8)[:, :, None].repeat(3, 2)
    small = warp(board, 0.1 * np.eye(2, 3), (30, 30))
    assert small[2:-2, 2:-2].std() < 3 and abs(small[2:-2, 2:-2].mean() - 127.5) < 2


@pytest.mark.parametrize("own", [(1920, 1080), (480, 854), (31, 7), (256, 256)])
def test_letterbox_keeps_the_shape_and_comes_back(own):
    matrix = letterbox_matrix(own, (256, 192))
    corners = apply(matrix, np.array([[0, 0], own]))
    assert (corners >= -1e-9).all() and (corners <= np.array([256, 192]) + 1e-9).all()
    assert corners.sum(0) == pytest.approx([256, 192])
    assert matrix[0, 0] == matrix[1, 1]
    points = RNG.uniform(0, 1, (50, 2)) * own
    rounded = np.round(apply(matrix, points) * 4) / 4
    assert np.abs(apply(invert(matrix), apply(matrix, points)) - points).max() < 1e-9
    assert np.abs(apply(invert(matrix), rounded) - points).max() < 0.5 * max(1, 1 / matrix[0, 0])


def test_a_letterboxed_picture_comes_back_within_half_a_pixel():
    picture = spot((320, 180), 200, 50)
    boxed, matrix = letterbox(picture, (256, 256))
    assert boxed.shape == (256, 256, 3) and not boxed[:50].any() and not boxed[-50:].any()
    assert apply(invert(matrix), centre_of(boxed)) == pytest.approx([200.5, 50.5], abs=0.5)


def test_square_boxes():
    assert square_box(np.array([10, 20, 30, 60])).tolist() == [0, 20, 40, 60]
    assert square_box(np.array([10, 20, 30, 60]), margin=0.25).tolist() == [-10, 10, 50, 70]
    crop = warp(np.full((40, 40, 3), 200, np.uint8), crop_matrix(np.array([-20, 0, 20, 40]), (40, 40)), (40, 40))
    assert (crop[:, 21:] == 200).all() and not crop[:, :19].any()


def test_iou():
    boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 20, 20]])
    others = np.array([[0, 0, 10, 10], [0, 0, 5, 5], [100, 100, 101, 101], [20, 20, 20, 20]])
    expected = [[1, 0.25, 0, 0], [1 / 3, 0, 0, 0], [0, 0, 0, 0]]
    assert iou(boxes, others) == pytest.approx(np.array(expected))
    assert iou(np.zeros((0, 4)), others).shape == (0, 4)


@pytest.mark.parametrize(("degrees", "size"), [(0, (64, 48)), (90, (48, 64)), (180, (64, 48)), (270, (48, 64))])
def test_a_quarter_turn_swaps_width_and_height(degrees, size):
    assert upright(64, 48, degrees) == size
