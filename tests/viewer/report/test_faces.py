"""The wall of faces: each a square around the face of a clip."""

import base64

import numpy as np
import pytest

from faceshards.media.picture import read_picture
from faceshards.shards.schema.codecs import encode
from faceshards.viewer.report.examples import candidates_of
from faceshards.viewer.report.faces import SIDE, faces_of
from faceshards.viewer.summary.summary import summarise
from tests.viewer.conftest import BLUE, RED, found_faces


@pytest.fixture
def wall(samples, tmp_path):
    """The faces of some samples that are written to a shard."""

    def make(*given, most=10):
        return faces_of(candidates_of(summarise(samples.write(tmp_path / "a.tar", list(given)))), most)

    return make


def pixels(face):
    return read_picture(base64.b64decode(face.image.uri.split(",")[1]))


def test_a_crop_that_a_stage_made_is_the_face(wall, samples):
    sample = samples.whole("a")
    sample["face.jpg"] = encode("face.jpg", np.full((224, 224, 3), BLUE, np.uint8))
    (face,) = wall(sample)
    assert (face.name, face.image.alt) == ("a", "Face in a")
    assert pixels(face).shape == (SIDE, SIDE, 3) and pixels(face)[70, 70] == pytest.approx(np.array(BLUE), abs=12)


def test_without_one_it_is_cut_around_the_box(wall, samples):
    sample = samples.whole("a")
    del sample["face.jpg"]
    (face,) = wall(sample)
    assert pixels(face).shape == (SIDE, SIDE, 3) and pixels(face)[70, 70] == pytest.approx(np.array(RED), abs=12)
    hostile = found_faces() | {"box": [[float("nan")] * 4] * 12}
    assert wall(sample | {"faces.msg": encode("faces.msg", hostile)}) == []
    far = found_faces() | {"box": [[-9e9, -9e9, 9e9, 9e9]] * 12}
    assert len(wall(sample | {"faces.msg": encode("faces.msg", far)})) == 1


def test_clips_without_a_face_have_none_and_many_persons_are_shown(wall, samples):
    two = [samples.whole(f"{n}", identity="one") for n in range(4)] + [samples.whole("other", identity="two")]
    assert {"other"} < {face.name for face in wall(*two, samples.no_face("none"), most=2)}
    assert wall(samples.no_face("none")) == []
