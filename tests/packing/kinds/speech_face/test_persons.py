"""Which files are whose."""

import pytest

from faceshards.packing.kinds.speech_face.kind import PersonFolders
from faceshards.packing.kinds.speech_face.persons import list_persons
from faceshards.packing.options import PackOptions
from faceshards.packing.sources.opening import open_source
from tests.packing.conftest import zipped


@pytest.fixture
def listed(tmp_path):
    """listed(names...): the list of a zip of these names."""

    def made(*names):
        return list_persons(open_source(zipped(tmp_path / "g.zip", dict.fromkeys(names, b"x"))))

    return made


def whose(listed) -> dict[str, tuple[str, str, str]]:
    return {one.name: (one.facts["identity"], one.facts["side"], one.column) for one in listed.clips}


def test_any_depth_of_persons_and_of_files(listed):
    found = listed("top/vox/id1/audios/a/b/1.wav", "top/vox/id1/audios/2.npy", "top/vox/id2/images/images/3.png")
    assert whose(found) == {
        "id1/audios/2": ("id1", "sound", "spectrogram"),
        "id1/audios/a/b/1": ("id1", "sound", "wav"),
        "id2/images/images/3": ("id2", "picture", "png"),
    }
    assert found.clips[0].path == "top/vox/id1/audios/2"
    found = listed("train/id1/audios/1.wav", "test/id1/audios/1.wav")
    assert [one.facts["identity"] for one in found.clips] == ["test/id1", "train/id1"], "not taken for one"


def test_one_person_keeps_a_name_and_may_be_called_like_a_side(listed):
    assert whose(listed("id1/audios/1.wav")) == {"id1/audios/1": ("id1", "sound", "wav")}
    assert whose(listed("audios/images/1.png", "images/audios/1.wav")) == {
        "audios/images/1": ("audios", "picture", "png"),
        "images/audios/1": ("images", "sound", "wav"),
    }
    assert whose(listed("id1/audios/images/1.wav")) == {"id1/audios/images/1": ("id1", "sound", "wav")}


def test_what_is_nobodys_is_counted(listed):
    found = listed(
        "readme.txt", "audios/1.wav", "id1/1.wav", "id1/audios/1.txt", "id1/images/1.wav", "id1/images/x", "id1/audios",
        "id1/images/.DS_Store", "__MACOSX/id1/audios/1.wav", "id1/images/1.webp", "id2/videos/1.mp4",
        "id2/audios/1.ogg",
    )  # fmt: skip
    assert found.clips == [] and found.remarks == {}
    assert found.ignored == {
        ".mp4 outside of audios and images": 1,
        ".ogg in audios": 1,
        ".txt in audios": 1,
        ".txt outside of audios and images": 1,
        ".wav in images": 1,
        ".wav outside of audios and images": 2,
        ".webp in images": 1,
        "junk": 2,
        "no suffix in images": 1,
        "no suffix outside of audios and images": 1,
    }


def test_persons_of_one_side_are_counted_and_told(listed):
    found = listed("id1/audios/1.wav", "id1/images/1.npy", "id2/audios/1.wav", "id3/images/1.jpg", "id4/images/1.jpg")
    assert found.remarks == {
        "persons": ["id1", "id2", "id3", "id4"],
        "persons without audios: they make no pairs": ["id3", "id4"],
        "persons without images: they make no pairs": ["id2"],
    }
    said = PersonFolders(PackOptions()).found(found)
    assert said == "2 sounds (wav 2) and 3 pictures (embedding 1, jpg 2) of 4 persons"
    assert PersonFolders(PackOptions()).found(listed("x.txt")) == ""


def test_arrays_go_with_their_files(listed):
    found = listed(
        "id1/images/a.jpg", "id1/images/a.png", "id1/images/a_embedding.npy", "id1/images/b.jpeg", "id1/images/b.npy",
        "id1/images/sub/a.jpg", "id1/images/c_embedding.npy", "id1/audios/x.m4a", "id1/audios/x.npy",
    )  # fmt: skip
    entries = {(one.name, one.column): [entry.name.rpartition("/")[2] for entry in one.entries] for one in found.clips}
    assert entries == {
        ("id1/audios/x", "m4a"): ["x.m4a", "x.npy"],
        ("id1/images/a", "jpg"): ["a.jpg", "a_embedding.npy"],
        ("id1/images/a", "png"): ["a.png"],
        ("id1/images/b", "jpg"): ["b.jpeg", "b.npy"],
        ("id1/images/c_embedding", "embedding"): ["c_embedding.npy"],
        ("id1/images/sub/a", "jpg"): ["a.jpg"],
    }


def test_unsafe_names_are_rejected_and_are_no_ones(listed):
    found = listed("../id1/audios/1.wav", "/id2/audios/1.wav", "id3/audios/1.wav", "../x.txt")
    faults = {one.name: one.fault and one.fault.code for one in found.clips}
    assert faults == {"../id1/audios/1.wav": "unsafe-path", "/id2/audios/1.wav": "unsafe-path", "id3/audios/1": None}
    assert found.remarks["persons"] == ["id3"]
