"""The stage `mask`: persons and faces where they are, in the frame's own pixels, in any company."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.stages.landmarks import Landmarks
from faceshards.curation.stages.mask import Mask, hull
from faceshards.media.video.decode import frames
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, ready, result_of, results_of


@pytest.fixture(scope="module")
def stages() -> list:
    return ready(Landmarks(), Mask())


def masks(result: object) -> np.ndarray:
    assert isinstance(result, Outcome), result
    return np.stack(list(frames(result.columns["mask.mp4"])))


def clip(real: Path, name: str, count: int) -> np.ndarray:
    return np.stack(list(islice(frames(real / "video" / name), count)))


def test_a_hull_holds_all_pixels_within_its_points_and_none_a_pixel_beyond():
    square = hull(np.array([[10.0, 20], [30, 20], [30, 44], [10, 44], [20, 30]]), (60, 50))
    assert square.shape == (50, 60) and (square[20:44, 10:30] == 255).all()
    inside = square >= 128
    assert not (inside[:19].any() or inside[45:].any() or inside[:, :9].any() or inside[:, 31:].any())
    assert hull(np.array([[-9.0, -9], [9, -9], [9, 9]]), (20, 20))[0, 8] == 255  # what leaves the frame is cut


def test_on_a_real_clip_the_person_holds_the_face_and_the_face_its_points(stages, real):
    pictures = clip(real, "grid_bbaf2n.mpg", 8)
    found = results_of(stages, PicturesClip(pictures))
    drawn = masks(found["mask"])
    assert drawn.shape == pictures.shape and drawn[..., 2].max() < 100
    person, face = drawn[..., 1] >= 128, drawn[..., 0] >= 128
    assert (face & ~person).sum() < 0.02 * face.sum()
    assert not person[:, :40, :40].any() and person[:, -20:, 150:210].mean() > 0.9  # a wall; a chest
    points = decode("landmarks.npy", found["landmarks"].columns["landmarks.npy"])[:, [1, 33, 263, 61, 291, 152], :2]
    for mask, six in zip(face, points, strict=True):
        x, y = six[:5].astype(int).T
        assert mask[y, x].all() and not mask[int(six[5, 1]) + 6, int(six[5, 0])]  # below the chin
    scores = found["mask"].scores
    assert scores == pytest.approx({"person_area": person.mean(), "hull_area": face.mean()}, abs=0.01)


def test_it_is_the_same_in_chunks_and_of_landmarks_that_are_stored(stages, real):
    pictures = clip(real, "megactor_ENTF_1.mp4", 5)[:, ::2, ::2].copy()
    live = results_of(stages, PicturesClip(pictures, chunk=2))
    columns = {name: decode(name, body) for name, body in live["landmarks"].columns.items()}
    assert result_of(stages[1], PicturesClip(pictures, columns=columns, chunk=3)) == live["mask"]


def test_nobody_is_black(stages):
    result = results_of(stages, PicturesClip(np.full((2, 48, 64, 3), 90, np.uint8)))["mask"]
    assert masks(result)[..., 0].max() < 16 and result.scores["hull_area"] == 0 and result.scores["person_area"] < 0.1
