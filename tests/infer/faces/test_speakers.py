"""Who speaks: the faces of a video, followed, from left to right, told 25 times a second."""

from fractions import Fraction

import numpy as np
import pytest

from faceshards.curation.stages.identity.backends import IdentityNet
from faceshards.errors import ClipError, UsageError
from faceshards.infer.faces.speakers import Speaker, SpeakerFinder, ToldFaces
from faceshards.media.clip import Clip
from faceshards.media.members import Files


def test_rows_are_those_of_a_span_and_the_last_one_stands_for_what_is_beyond():
    speaker = Speaker("a", np.arange(50, dtype=np.float32)[:, None])
    np.testing.assert_array_equal(speaker.during(1.0, 5)[:, 0], [25, 26, 27, 28, 29])
    np.testing.assert_array_equal(speaker.during(1.92, 4)[:, 0], [48, 49, 49, 49])
    np.testing.assert_array_equal(speaker.during(9.0, 2)[:, 0], [49, 49])
    np.testing.assert_array_equal(speaker.during(-0.05, 3)[:, 0], [0, 0, 1])


def test_an_unknown_backend_is_refused():
    with pytest.raises(UsageError, match="not by 'nobody'"):
        SpeakerFinder("nobody")


def test_two_faces_side_by_side_are_two_speakers(photo, made):
    pytest.importorskip("dlib")
    dark = (photo * 0.6).astype(np.uint8)
    both = np.concatenate([photo[:, ::-1], dark], axis=1)
    body = made([both] * 6, fps=Fraction(12))
    clip = Clip(Files({"mp4": body}), {}, "mp4")
    finder = SpeakerFinder("dlib")
    left, right = finder.of(clip, 2)
    assert (left.name, right.name) == ("face-1", "face-2")
    assert left.embeddings.shape == right.embeddings.shape == (13, 128), "half a second at 25 a second"
    assert left.picture.mean() > right.picture.mean() + 20
    with pytest.raises(ClipError, match="2 faces are followed in it, and 3 speakers"):
        finder.of(clip, 3)


def test_faces_are_told_a_batch_at_a_time():
    asked = []

    def run(crops):
        asked.append(len(crops))
        return (crops.reshape(len(crops), -1)[:, :2].astype(np.float32),)

    told = ToldFaces(IdentityNet(None, run, 2))
    for number in range(5):
        told.add(np.full((4, 4, 3), number, np.uint8))
    assert asked == [2, 2], "no more than a batch waits"
    np.testing.assert_array_equal(told.rows()[:, 0], range(5))
    assert asked == [2, 2, 1]
