"""The stage `identity`: which faces are looked at, who is one person, on photographs, too."""

import numpy as np
import pytest
from PIL import Image

from faceshards.curation.engine import Outcome
from faceshards.curation.engine.stage import Failure
from faceshards.curation.stages.faces.table import FaceArrays
from faceshards.curation.stages.identity.backends import BACKENDS, IdentityNet
from faceshards.curation.stages.identity.identity import Identity, IdentityParams, persons
from faceshards.curation.stages.identity.looks import FaceLooks
from faceshards.errors import UsageError
from faceshards.media.geometry import letterbox
from faceshards.models.nets.mtcnn import MTCNN
from faceshards.models.nets.mtcnn_networks import MtcnnWeights
from faceshards.models.weights.table import WEIGHTS
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, ready, result_of
from tests.curation.stages.talking.followed_faces import table


def colours() -> IdentityNet:
    """A network that knows a face by the colour of its middle."""
    return IdentityNet(
        lambda picture, box, points: picture[int(box[1] + box[3]) // 2, int(box[0] + box[2]) // 2],
        lambda rows: (rows.astype(np.float32),),
        1,
    )


def test_of_each_stretch_the_sharpest_face_is_looked_at():
    rng = np.random.default_rng(0)
    pictures = np.full((10, 120, 160, 3), 90, np.uint8)
    for frame, noise in ((2, 60), (3, 20), (7, 30)):
        pictures[frame] = rng.integers(90 - noise, 90 + noise, pictures[0].shape)
    pictures[:, 60, 80] = np.arange(10)[:, None]  # the middle of the box: the frame's number
    faces = FaceArrays.of(table({5: dict.fromkeys(range(10), (40, 20, 120, 100))}, 10))
    looks = FaceLooks(colours(), every=5)
    seen = [one for start in (0, 4, 8) for one in looks.see(_part(faces, start, start + 4), pictures[start:], start)]
    seen += looks.rest()
    assert [(one.track, one.stretch, int(one.crop[0])) for one in seen] == [(5, 0, 2), (5, 1, 7)]


def _part(faces, start, stop):
    mask = (faces.frame >= start) & (faces.frame < stop)
    return FaceArrays(*(getattr(faces, name)[mask] for name in ("frame", "track", "boxes", "points", "scores")))


def test_whoever_is_the_same_as_somebody_is_the_same_as_all_of_them():
    same = np.eye(5, dtype=bool)
    for one, other in ((0, 3), (3, 4)):
        same[one, other] = same[other, one] = True
    assert persons(same).tolist() == [0, 1, 2, 0, 0] and persons(np.eye(1, dtype=bool)).tolist() == [0]


def test_parameters_that_make_no_sense_are_refused():
    with pytest.raises(UsageError, match=r"identity\.backend must be one of dlib, arcface, .*, got 'x'"):
        IdentityParams(backend="x")
    with pytest.raises(UsageError, match=r"identity\.every must be at least 1, got 0"):
        IdentityParams(every=0)


def test_the_model_files_follow_from_the_backend():
    for name, backend in BACKENDS.items():
        assert Identity(IdentityParams(name)).weights == backend.weights and set(backend.weights) <= set(WEIGHTS)


#: In the order in which the clip shows them: the first and the last are one person.
SHOWN = ("fr_obama.jpg", "df_img3.jpg", "fr_biden.jpg", "fr_test_obama2.jpg")


@pytest.fixture(scope="module")
def photographs(real):
    """Pictures (4, 512, 512, 3), and box and points of the face of each."""
    detector = MTCNN(MtcnnWeights.load(), min_face=80)
    stills = [np.asarray(Image.open(real / "image" / name).convert("RGB")) for name in SHOWN]
    pictures = np.stack([letterbox(one, (512, 512))[0] for one in stills])
    return pictures, [detector.detect(one) for one in pictures]


def shown(photographs, tracks):
    """A clip of three frames a photograph, the faces of these tracks."""
    pictures, found = photographs
    count = 3 * len(pictures)
    value = {"size": [512, 512], "frames": count, "frame": list(range(count)), "track": np.repeat(tracks, 3).tolist()}
    for name, rows in (("box", [one.boxes[0] for one in found]), ("points", [one.points[0] for one in found])):
        value[name] = np.repeat(rows, 3, axis=0).tolist()
    value |= {"score": [1.0] * count, "full": [True] * count}
    return PicturesClip(np.repeat(pictures, 3, axis=0), columns={"faces.msg": value})


@pytest.mark.parametrize("backend", ["dlib", "mobilefacenet"])
def test_two_persons_are_told_apart_and_one_is_found_again(backend, photographs, real, monkeypatch):
    pytest.importorskip("dlib" if backend == "dlib" else "onnxruntime")
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(real / "weights"))
    (stage,) = ready(Identity(IdentityParams(backend, every=3)))
    result = result_of(stage, shown(photographs, [0, 1, 4, 7]))
    assert isinstance(result, Outcome), result
    rows, tracks, who = (decode(name, result.columns[name]) for name in stage.columns)
    assert rows.shape == (4, 128) and rows.dtype == np.float32
    assert tracks.tolist() == [0, 1, 4, 7] and who.tolist() == [0, 1, 2, 0]
    assert result.scores == {"identities": 3, "identity_spread": 0.0}
    switched = result_of(stage, shown(photographs, [0, 0, 0, 1]))
    assert switched.scores["identity_spread"] > 1


def test_no_face_is_a_failure(real, monkeypatch):
    pytest.importorskip("onnxruntime")
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(real / "weights"))
    (stage,) = ready(Identity(IdentityParams("mobilefacenet")))
    result = result_of(stage, PicturesClip(np.zeros((2, 64, 64, 3), np.uint8), columns={"faces.msg": table({}, 2)}))
    assert isinstance(result, Failure) and result.code == "no-face"
