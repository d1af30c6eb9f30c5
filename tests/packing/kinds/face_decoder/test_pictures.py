"""Which pictures there are, and what lies beside them."""

import pytest

from faceshards.packing.kinds.face_decoder.pictures import list_pictures
from faceshards.packing.sources.opening import open_source
from tests.packing.conftest import zipped

NAMES = (
    "hq/id1/a.jpg", "hq/id1/a_embedding.npy", "hq/id1/a_landmarks.npy", "hq/id1/sub/b.JPEG",
    "hq/id1/sub/b_embedding.npy", "hq/id2/c.png", "hq/id2/c_landmark.npy", "hq/id2/d.jpg",
)  # fmt: skip


@pytest.fixture
def listed(tmp_path):
    """listed(names..., complete_only): the list of a zip of these names."""

    def made(*names, complete_only=False):
        return list_pictures(open_source(zipped(tmp_path / "g.zip", dict.fromkeys(names, b"x"))), complete_only)

    return made


def test_what_lies_beside_a_picture_is_its_own_and_what_lacks_is_counted(listed):
    found = listed(*NAMES)
    beside = {(one.name, one.column): [entry.name[7:] for entry in one.entries] for one in found.clips}
    assert beside == {
        ("id1/a", "jpg"): ["a.jpg", "a_embedding.npy", "a_landmarks.npy"],
        ("id1/sub/b", "jpg"): ["sub/b.JPEG", "sub/b_embedding.npy"],
        ("id2/c", "png"): ["c.png", "c_landmark.npy"],
        ("id2/d", "jpg"): ["d.jpg"],
    }
    assert found.remarks == {
        "complete pictures": ["id1/a.jpg"],
        "pictures without embedding": ["id2/c.png"],
        "pictures without embedding and landmarks": ["id2/d.jpg"],
        "pictures without landmarks": ["id1/sub/b.JPEG"],
    }
    assert found.ignored == {}


def test_incomplete_ones_can_be_refused_by_name(listed):
    faults = {one.name: one.fault and one.fault.message for one in listed(*NAMES, complete_only=True).clips}
    assert faults.pop("id1/a") is None and len(faults) == 3
    assert "id2/c.png' has no _embedding.npy beside it" in faults["id2/c"]
    assert "no _embedding.npy and no _landmarks.npy" in faults["id2/d"]


def test_of_pictures_of_one_name_the_jpg_has_the_arrays(listed):
    found = listed("a.png", "a.jpg", "a_embedding.npy", "a_landmarks.npy")
    assert [(one.column, len(one.entries)) for one in found.clips] == [("jpg", 3), ("png", 1)]
    found = listed("a.jpg", "a_landmark.npy", "a_landmarks.npy")
    assert [entry.name for entry in found.clips[0].entries] == ["a.jpg", "a_landmarks.npy"]
    assert found.ignored == {"array without a picture": 1}, "the older name beside the newer one"


def test_all_else_is_counted_and_an_unsafe_name_rejected(listed):
    found = listed("x/a.jpg", "x/b_embedding.npy", "x/c.npy", "t.txt", "w.webp", "x/.DS_Store", "none", "../e.png")
    assert found.ignored == {".txt": 1, ".webp": 1, "array without a picture": 2, "junk": 1, "no suffix": 1}
    assert [(one.name, one.fault and one.fault.code) for one in found.clips] == [
        ("../e.png", "unsafe-path"),
        ("a", None),
    ]
