"""Faces by MediaPipe's networks: windows, boxes there and back; every face that MTCNN finds in real pictures."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.stages.faces.faces import Faces, FacesParams, load_mtcnn
from faceshards.curation.stages.faces.finder import Finder
from faceshards.curation.stages.faces.meshes import _BACK, _EDGES, _windows
from faceshards.media.geometry import iou
from faceshards.media.picture import read_picture
from faceshards.media.video.decode import frames
from faceshards.models.detections import Detections
from faceshards.models.nets.boxes import moved
from tests.curation.on_pictures import ready


@pytest.fixture(scope="module")
def finder() -> Finder:
    return ready(Faces(FacesParams(backend="blazeface")))[0]._finder


def test_a_box_of_the_mesh_comes_back_from_what_is_told():
    boxes = np.array([[10, 20, 110, 170], [-5, 3, 30, 20]], np.float32)
    np.testing.assert_allclose(moved(moved(boxes, _EDGES), _BACK), boxes, atol=1e-4)
    assert _EDGES[0] == -_EDGES[2]  # a face in the mirror has the box in the mirror


@pytest.mark.parametrize(
    ("size", "count"), [((512, 512), 1), ((360, 288), 1), ((900, 960), 1), ((1080, 1920), 9), ((1920, 1080), 9)]
)
def test_a_large_frame_is_looked_at_in_windows_as_well(size, count):
    """Of 640 pixels for faces of 40, which the network sees as 12."""
    windows = list(_windows(*size, 640))
    assert windows[0] == (0, 0, max(size)) and len(windows) == count


@pytest.mark.parametrize("size", [(1080, 1920), (2000, 1428), (3840, 2160), (4000, 500)])
def test_windows_cover_a_frame_and_share_what_is_too_small_for_the_level_above(size):
    """A face of a quarter of a window is whole in one of that level, wherever it is."""
    windows = np.array(list(_windows(*size, 640)))
    sides = np.unique(windows[:, 2])
    assert 640 <= sides[0] <= 960 and (sides[1:] <= 4 * sides[:-1]).all()
    for side in sides[:-1]:
        low, face = windows[windows[:, 2] == side, :2], side // 4
        for x in range(0, size[0] - face + 1, 40):
            for y in range(0, size[1] - face + 1, 40):
                assert ((low <= [x, y]) & ([x + face, y + face] <= low + side)).all(axis=1).any()


def pictures(real: Path) -> dict[str, np.ndarray]:
    """The photographs of less than two million pixels, that of three faces, and the first picture of some clips."""
    photographs = {file.name: read_picture(file.read_bytes()) for file in sorted((real / "image").iterdir())}
    small = {name: one for name, one in photographs.items() if one.size < 6e6 or name == "fr_obama_and_biden.jpg"}
    clips = sorted((real / "video").iterdir())[::2]
    return small | {file.name: next(iter(islice(frames(file), 1))) for file in clips}


def test_it_finds_every_face_that_mtcnn_finds_and_nobody_else(finder, real):
    """And means the same by its box and its points."""
    cascade, overlaps, apart = load_mtcnn(40), [], []
    for name, picture in pictures(real).items():
        theirs = cascade.detect(picture)
        found, full = finder.look(picture, Detections.none(), everywhere=True)
        assert len(found) == len(theirs) and full.all(), name
        if len(theirs):
            common = iou(theirs.boxes, found.boxes)
            overlaps += common.max(axis=1).tolist()
            order = common.argmax(axis=1)
            widths = theirs.boxes[:, 2] - theirs.boxes[:, 0]
            distances = np.linalg.norm(found.points[order] - theirs.points, axis=2)
            apart += (distances / widths[:, None]).tolist()
    assert len(overlaps) >= 20 and min(overlaps) > 0.7 and np.median(overlaps) > 0.88
    assert (np.median(apart, axis=0) < 0.03).all() and np.max(apart) < 0.13


def test_a_face_that_turns_is_followed_as_it_turns(finder, real):
    """Turned by 90 degrees in steps of 6, upside as it ends: its eyes stay its eyes."""
    import cv2

    picture = read_picture((real / "image" / "skimage_astronaut.png").read_bytes())
    before, _ = finder.look(picture, Detections.none(), everywhere=True)
    first = before.points[0].mean(axis=0)
    for angle in range(0, 91, 6):
        turn = cv2.getRotationMatrix2D(tuple(map(float, first)), angle, 1.0)
        found, full = finder.look(cv2.warpAffine(picture, turn, (512, 512)), before, everywhere=False)
        assert len(found) == 1 and not full.any()
        before = found
    left, right = before.points[0, :2]
    assert abs(left[0] - right[0]) < 0.3 * abs(left[1] - right[1]) and left[1] > right[1]


def test_faces_smaller_than_asked_are_left_out(real):
    picture = read_picture((real / "image" / "skimage_astronaut.png").read_bytes())  # a face 93 x 118 pixels
    for least, count in ((110, 1), (125, 0)):
        stage = ready(Faces(FacesParams(backend="blazeface", min_face=least)))[0]
        found, _ = stage._finder.look(picture, Detections.none(), everywhere=True)
        assert len(found) == count
