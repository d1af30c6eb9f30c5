import numpy as np
import pytest

from faceshards.dataset import listed
from faceshards.dataset.named import NAMES
from faceshards.dataset.persons.evidence import gathered, main_face
from faceshards.shards.storage.version import Changed


def test_what_each_clip_knows(here, clips):
    clips.write(
        "b.tar", {"x": {"face": [1, 2], "voice": [0, 1], "identity": "7"}, "y": {"face": None, "voice": [1, 0]}}
    )
    clips.write("a.tar", {"z": {"face": [3, 4]}, "w": {"face": None, "person": "p"}})
    shards = listed(["b.tar", "a.tar"], NAMES)
    found = gathered(shards)
    assert found.keys == ["z", "w", "x", "y"] and found.stems == ["a", "a", "b", "b"]
    assert found.names == [None, None, "7", None] and found.found == [None, "p", None, None]
    assert found.faces.tolist() == [[3, 4], [1, 2]] and found.with_face.tolist() == [0, 2]
    assert found.voices.tolist() == [[0, 1], [1, 0]] and found.with_voice.tolist() == [2, 3]
    clips.write("c.tar", {"z": {"face": [3, 5]}})
    (here / "c.tar").rename("a.tar")
    with pytest.raises(Changed):
        gathered(shards)


def test_the_main_face_is_that_of_the_person_who_covers_most():
    faces = np.array([[0, 0], [10, 0], [20, 0]], np.float32)
    table = {"track": [0, 1, 1, 2], "box": [[0, 0, 10, 10], [0, 0, 6, 6], [0, 0, 6, 6], [0, 0, 6, 6]]}
    assert main_face(faces, np.arange(3), np.array([0, 1, 1]), table).tolist() == [40 / 3, 0], "108 pixels against 100"
    assert main_face(faces, np.arange(3), np.array([0, 1, 2]), table).tolist() == [0, 0]
    assert main_face(faces, None, np.array([0, 1, 1]), None).tolist() == [15, 0]
    assert main_face(faces, None, None, None).tolist() == [0, 0]
