"""The stage `landmarks` on real clips: where the eyes are, in the mirror too; nobody where nobody is."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.engine import Frames, Live, Outcome, Stage
from faceshards.curation.stages.landmarks import Landmarks, LandmarksParams
from faceshards.media.video.decode import frames
from faceshards.models.sessions.face_mesh import EYES, MESH_POINTS
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, ready, result_of, results_of


@pytest.fixture(scope="module")
def stage() -> Landmarks:
    return ready(Landmarks())[0]


def look(stage: Landmarks, pictures: np.ndarray, chunk: int = 7) -> tuple[np.ndarray, np.ndarray, dict]:
    """Points (R, 478, 3), frames (R,) and scores."""
    result = result_of(stage, PicturesClip(pictures, chunk=chunk))
    assert isinstance(result, Outcome), result
    columns = {name: decode(name, body) for name, body in result.columns.items()}
    assert len(columns["landmarks_score.npy"]) == len(columns["landmarks.npy"]) == len(columns["landmarks_frame.npy"])
    return columns["landmarks.npy"], columns["landmarks_frame.npy"], dict(result.scores)


def clip(real: Path, name: str, count: int = 24) -> np.ndarray:
    return np.stack(list(islice(frames(real / "video" / name), count)))


def corners(points: np.ndarray, eye: int) -> np.ndarray:
    return points[:, list(EYES[eye]), :2]


def test_both_irises_are_in_their_eyes_in_every_frame(stage, real):
    for name in ("livep_d20.mp4", "grid_bbaf2n.mpg"):
        pictures = clip(real, name)
        points, numbers, scores = look(stage, pictures)
        assert scores == {"landmarks_share": 1.0} and numbers.tolist() == list(range(len(pictures)))
        for eye in (0, 1):
            ends = corners(points, eye)
            width = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
            iris = points[:, MESH_POINTS + 5 * eye, :2]
            assert (np.linalg.norm(iris - ends.mean(axis=1), axis=1) < 0.3 * width).all()
            edge = points[:, MESH_POINTS + 5 * eye + 1 : MESH_POINTS + 5 * eye + 5, :2]
            radius = np.linalg.norm(edge - iris[:, None], axis=2).mean(axis=1)
            assert (0.1 * width < radius).all() and (radius < 0.35 * width).all()
        assert (points[:, 33, 0] < points[:, 263, 0]).all()  # the person's right eye is on the picture's left


def test_in_the_mirror_right_is_left_and_nothing_else_changes(stage, real):
    pictures = clip(real, "megactor_ENTF_1.mp4", 12)
    points, _, _ = look(stage, pictures)
    mirrored, _, _ = look(stage, pictures[:, :, ::-1].copy())
    width = pictures.shape[2]
    face = np.ptp(points[:, :MESH_POINTS, 0], axis=1).mean()
    for ours, theirs in ((33, 263), (61, 291), (MESH_POINTS, MESH_POINTS + 5)):
        apart = points[:, ours, :2] - np.stack([width - mirrored[:, theirs, 0], mirrored[:, theirs, 1]], axis=1)
        assert np.linalg.norm(apart, axis=1).mean() < 0.03 * face


def test_results_do_not_depend_on_chunks_and_a_face_that_goes_is_found_again(stage, real):
    pictures = clip(real, "livep_d20.mp4", 12)
    pictures[4:7] = 128
    points, numbers, scores = look(stage, pictures, chunk=5)
    assert numbers.tolist() == [0, 1, 2, 3, 7, 8, 9, 10, 11] and scores == {"landmarks_share": 0.75}
    again, _, _ = look(stage, pictures, chunk=100)
    np.testing.assert_array_equal(points, again)


def test_nobody_is_a_result(stage):
    points, numbers, scores = look(stage, np.full((3, 48, 64, 3), 90, np.uint8))
    assert points.shape == (0, 478, 3) and numbers.shape == (0,) and scores == {"landmarks_share": 0.0}


def test_a_left_eye_must_be_mirrored_for_the_network(stage, real):
    """Its contour, 16 points of the lids, lies on the mesh's own only so."""
    from faceshards.curation.stages.landmarks import _eye_matrix
    from faceshards.media.geometry import apply, invert, warp

    picture = clip(real, "megactor_ENTF_1.mp4", 1)[0]
    points, _, _ = look(stage, picture[None])
    mesh, lids = (
        points[0, :MESH_POINTS],
        [263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398],
    )
    mirror = _eye_matrix(mesh, 1)
    plain = np.array([[-1.0, 0], [0, 1.0]]) @ mirror + [[0, 0, 64], [0, 0, 0]]
    errors = []
    for matrix in (mirror, plain):
        contour, _ = stage._iris.run(warp(picture, matrix, (64, 64))[None])
        found = apply(invert(matrix), contour[0, :16, :2])
        errors.append(np.linalg.norm(found[:, None] - mesh[lids, :2][None], axis=2).min(axis=1).mean())
    assert errors[0] < 0.8 * errors[1]


class Beside(Stage[LandmarksParams]):
    """Keeps the rows that it is told of each chunk and of the frames around it."""

    name = "beside"

    def needs(self):
        return (Frames(), Live("landmarks.npy", ahead=1), Live("landmarks_frame.npy"))

    async def work(self, clip, out):
        self.told = []
        async for chunk in clip.frames():
            self.told.append(await clip.rows("landmarks.npy", chunk, before=1, ahead=1))


def test_its_rows_are_read_while_they_are_made_as_when_they_are_there(stage, real):
    pictures = clip(real, "livep_d20.mp4", 10)
    pictures[4:6] = 128
    beside = Beside()
    beside.prepare()
    made = results_of([stage, beside], PicturesClip(pictures, chunk=4))["landmarks"]
    live = beside.told
    columns = {name: decode(name, body) for name, body in made.columns.items()}
    assert [one["frame"].tolist() for one in live] == [[0, 1, 2, 3], [3, 6, 7, 8], [7, 8, 9]]
    result_of(beside, PicturesClip(pictures, columns=columns, chunk=4))
    for one, other in zip(live, beside.told, strict=True):
        np.testing.assert_array_equal(one["landmarks.npy"], other["landmarks.npy"])
        np.testing.assert_array_equal(one["frame"], other["frame"])
