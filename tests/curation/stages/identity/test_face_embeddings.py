"""The stage `face_embeddings`: a row a frame, of the face that the json names, of the main one elsewhere."""

import numpy as np
import pytest

from faceshards.curation.engine.stage import Failure
from faceshards.curation.stages.identity import face_embeddings
from faceshards.curation.stages.identity.backends import BACKENDS, IdentityBackend, IdentityNet
from faceshards.curation.stages.identity.face_embeddings import FaceEmbeddings, FaceEmbeddingsParams
from faceshards.errors import UsageError
from tests.curation.on_pictures import PicturesClip, ready, result_of, value_of
from tests.curation.stages.talking.followed_faces import table

LEFT, RIGHT = (10, 20, 60, 80), (90, 30, 150, 110)


def boxes_told() -> IdentityNet:
    """A network that says of a face where it is, three faces at a time."""

    def run(rows):
        assert rows.shape == (3, 4)
        return (rows.astype(np.float32),)

    return IdentityNet(lambda picture, box, points: np.asarray(box, np.float32), run, 3)


@pytest.fixture(autouse=True)
def backend(monkeypatch):
    monkeypatch.setattr(face_embeddings, "BACKENDS", {**BACKENDS, "facenet": IdentityBackend((), 1, True, boxes_told)})


def clip(faces, count=7, **facts):
    return PicturesClip(
        np.zeros((count, 120, 160, 3), np.uint8), columns={"faces.msg": table(faces, count)}, facts=facts
    )


def test_the_main_face_has_a_row_in_each_frame():
    faces = {0: dict.fromkeys(range(7), LEFT), 4: dict.fromkeys((0, 1, 2, 5, 6), RIGHT)}
    (stage,) = ready(FaceEmbeddings())
    rows, scores = value_of(stage, clip(faces), "face_embeddings.npy")
    assert rows.dtype == np.float32 and rows.tolist() == [list(RIGHT)] * 7  # the larger one, also while it is away
    assert scores == {"face_embeddings_share": round(5 / 7, 4)}


def test_the_face_at_the_place_of_the_catalog_is_taken():
    faces = {0: dict.fromkeys(range(7), LEFT), 4: dict.fromkeys(range(7), RIGHT)}
    (stage,) = ready(FaceEmbeddings())
    rows, scores = value_of(stage, clip(faces, pos_x=0.05, pos_y=0.4), "face_embeddings.npy")
    assert rows.tolist() == [list(LEFT)] * 7 and scores["face_embeddings_share"] == 1
    nobody = result_of(stage, clip({4: dict.fromkeys(range(7), (140, 100, 155, 115))}, pos_x=0.05, pos_y=0.1))
    assert isinstance(nobody, Failure) and nobody.code == "no-face"
    lost = result_of(stage, clip(faces, pos_x="a", pos_y=0.1))
    assert isinstance(lost, Failure) and lost.code == "bad-column"


def test_boxes_end_with_the_picture():
    (stage,) = ready(FaceEmbeddings())
    rows, _ = value_of(stage, clip({0: dict.fromkeys(range(3), (-20, 50, 70, 200))}, 3), "face_embeddings.npy")
    assert rows.tolist() == [[0, 50, 70, 120]] * 3


def test_a_backend_that_is_none_is_refused():
    with pytest.raises(UsageError, match=r"face_embeddings\.backend must be one of dlib, .*, got 'x'"):
        FaceEmbeddingsParams("x")
