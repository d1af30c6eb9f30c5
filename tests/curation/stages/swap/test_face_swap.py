"""Swapping at the level of arrays: where pixels change, where they must not, and whose face it then is."""

import cv2
import numpy as np
import pytest
from scipy.sparse import lil_matrix
from scipy.sparse.linalg import spsolve

from faceshards.curation.stages.faces.faces import load_mtcnn
from faceshards.curation.stages.swap.face_swap import SourceFace, _ColourMatch, _poisson, swap_face

ASTRONAUT = np.array([[107.5, 103.5], [146.0, 104.5], [128.0, 125.0], [112.0, 141.5], [143.0, 142.0]])


@pytest.fixture(scope="module")
def hopper_face(hopper) -> SourceFace:
    found = load_mtcnn(40).detect(hopper)
    return SourceFace.cut("hopper", hopper, found.points[0])


def frozen(frame: np.ndarray) -> np.ndarray:
    frame = frame.copy()
    frame.setflags(write=False)
    return frame


def test_pixels_change_within_the_mask_and_nowhere_else(astronaut, hopper_face):
    frame = frozen(astronaut)
    swap = swap_face(frame, ASTRONAUT, hopper_face)
    changed = (swap.frame != astronaut).any(axis=2)
    assert np.array_equal(swap.frame[~swap.mask], astronaut[~swap.mask])
    assert changed.sum() > 0.8 * swap.mask.sum() > 2000
    assert np.array_equal(frame, astronaut)
    for x, y in ASTRONAUT:
        assert swap.mask[int(y), int(x)]


def test_the_same_input_gives_the_same_pixels(astronaut, hopper_face):
    one, other = (swap_face(astronaut, ASTRONAUT, hopper_face).frame for _ in range(2))
    assert np.array_equal(one, other)


def test_a_face_put_onto_itself_stays_where_it_is(astronaut):
    # A blend that is placed one pixel off, or a mask that is written into, shows here.
    swap = swap_face(astronaut, ASTRONAUT, SourceFace.cut("same", astronaut, ASTRONAUT))
    off = np.abs(swap.frame.astype(int) - astronaut)[swap.mask]
    shifted = np.abs(np.roll(astronaut, 1, axis=1).astype(int) - astronaut)[swap.mask]
    assert off.mean() < 3.5 < shifted.mean()


def test_the_edge_of_the_mask_does_not_show(astronaut, hopper_face):
    swap = swap_face(astronaut, ASTRONAUT, hopper_face)
    mask = swap.mask.astype(np.uint8)
    rim = (mask - cv2.erode(mask, np.ones((3, 3), np.uint8))).astype(bool)
    step = np.abs(swap.frame.astype(int) - astronaut)[rim]
    assert step.mean() < 6


@pytest.mark.parametrize(("dx", "dy"), [(110, 0), (-110, 0), (0, 120), (0, -110), (120, 120), (-115, -100), (60, -60)])
def test_a_face_that_the_frame_cuts_off_is_swapped_as_far_as_it_is_seen(astronaut, hopper_face, dx, dy):
    frame = cv2.warpAffine(astronaut, np.float32([[1, 0, dx], [0, 1, dy]]), (256, 256), borderMode=cv2.BORDER_REPLICATE)
    swap = swap_face(frame, ASTRONAUT + np.array([dx, dy]), hopper_face)
    assert swap.mask.any()
    assert np.array_equal(swap.frame[~swap.mask], frame[~swap.mask])
    assert (swap.frame != frame).any()


@pytest.mark.parametrize(
    "points",
    [
        ASTRONAUT + np.array([400, 0]),  # outside
        ASTRONAUT * 0.1,  # tiny
        ASTRONAUT * [0.05, 1],  # edge-on
        ASTRONAUT * [-1, 1] + [256, 0],  # mirrored: no face looks so
        np.full((5, 2), 100.0),  # all in one place
    ],
)
def test_what_cannot_be_swapped_is_left_as_it_is(astronaut, hopper_face, points):
    swap = swap_face(astronaut, points, hopper_face)
    assert not swap.mask.any()
    assert np.array_equal(swap.frame, astronaut)


def test_a_source_at_the_edge_of_its_picture_has_no_black_in_it(hopper):
    found = load_mtcnn(40).detect(hopper)
    cut = hopper[:, 75:]
    face = SourceFace.cut("cut", cut, found.points[0] - [75, 0])
    assert face.picture.max(axis=2).min() > 0 or hopper.max(axis=2).min() == 0
    assert face.points.shape == (5, 2)


def test_the_new_face_has_the_colours_of_the_old(astronaut, hopper_face):
    blue = SourceFace("blue", np.ascontiguousarray(hopper_face.picture[..., ::-1]), hopper_face.points)
    swap = swap_face(astronaut, ASTRONAUT, blue)
    core = cv2.erode(swap.mask.astype(np.uint8), np.ones((25, 25), np.uint8)).astype(bool)
    wanted = astronaut[core].mean(axis=0)
    before = np.abs(blue.picture[120:240, 110:210].reshape(-1, 3).mean(axis=0) - wanted).max()
    assert np.abs(swap.frame[core].mean(axis=0) - wanted).max() < 0.4 * before


def test_a_colour_match_is_the_formula_pixel_by_pixel(astronaut):
    match = _ColourMatch(np.array([120.5, 130.2, 127.9]), np.array([0.85, 1.1, 1.15]), np.array([90.1, 140.4, 120.3]))
    lab = (cv2.cvtColor(astronaut, cv2.COLOR_RGB2LAB) - match.mean) * match.gain + match.wanted
    expected = cv2.cvtColor(lab.round().clip(0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)
    assert np.array_equal(match.of_picture(astronaut), expected)


def test_what_the_blend_adds_solves_poissons_equation(astronaut, hopper):
    # By a sparse matrix that is solved directly.
    over, under = (cv2.resize(picture, (40, 52), interpolation=cv2.INTER_AREA) for picture in (hopper, astronaut))
    mask = cv2.ellipse(np.zeros((52, 40), np.uint8), (20, 26), (15, 20), 0, 0, 360, 255, -1)
    added = _poisson(over, under, mask)
    assert np.abs(over + added - solved(over, under, cv2.erode(mask, np.ones((7, 7), np.uint8)) > 0)).max() < 0.01


def solved(over: np.ndarray, under: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Each pixel within the border: the sum over its four neighbours of (it less them) is that of the gradients."""
    height, width = inside.shape
    rows, columns = np.mgrid[1 : height - 1, 1 : width - 1].reshape(2, -1)
    number = np.arange(height * width).reshape(height, width)
    system, right = lil_matrix((height * width, height * width)), under.reshape(-1, 3).astype(float)
    system.setdiag(1)
    for y, x in zip(rows, columns, strict=True):
        here, system[number[y, x], number[y, x]], right[number[y, x]] = number[y, x], 4, 0
        for j, i in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            source = over if inside[y, x] and inside[j, i] else under
            system[here, number[j, i]] = -1
            right[here] += source[y, x].astype(float) - source[j, i]
    return spsolve(system.tocsc(), right).reshape(height, width, 3)
