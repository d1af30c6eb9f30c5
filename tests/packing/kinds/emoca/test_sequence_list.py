from faceshards.packing.kinds.emoca.files import FILES
from faceshards.packing.kinds.emoca.sequence_list import list_sequences
from faceshards.packing.sources.opening import open_source
from tests.packing.conftest import zipped


def listed(tmp_path, *names: str, source: str = "set.zip"):
    return list_sequences(open_source(zipped(tmp_path / source, dict.fromkeys(names, b"x"))))


def whole(folder: str) -> list[str]:
    return [f"{folder}/{name}" for name in FILES]


def test_numbers_may_have_gaps_and_names_come_in_natural_order(tmp_path):
    found = listed(tmp_path, *whole("top/V0-GRID/V0-s1-00010"), *whole("top/V0-GRID/V0-s1-00002"))
    assert [clip.name for clip in found.clips] == ["V0-s1-00002", "V0-s1-00010"]
    assert [clip.path for clip in found.clips] == ["top/V0-GRID/V0-s1-00002", "top/V0-GRID/V0-s1-00010"]
    assert found.clips[0].facts["identity"] == "s1" and found.ignored == {}


def test_missing_files_are_named_and_what_is_no_sequence_is_counted(tmp_path):
    names = [*whole("V0-GRID/a"), *whole("V0-GRID/b")[2:], "V0-GRID/a/notes.txt", "README", "V0-GRID/list.txt"]
    found = listed(tmp_path, *names, "V0-GRID/a/._cam.npy", "__MACOSX/V0-GRID/c/cam.npy")
    a, b = found.clips
    assert a.fault is None and b.fault.code == "bad-column"
    assert b.fault.message == "lacks shapecode.npy, expcode.npy; a sequence has 11 files: fetch it again"
    assert found.ignored == {".txt": 1, ".txt beside a sequence's files": 1, "junk": 2, "no suffix": 1}


def test_a_sequence_alone_is_called_after_its_source(tmp_path):
    found = listed(tmp_path, *FILES, source="V1-Song-Actor_07-00003.zip")
    assert [(clip.name, clip.path) for clip in found.clips] == [("V1-Song-Actor_07-00003", "")]
    assert found.clips[0].facts["vocal_channel"] == "song"


def test_a_hostile_name_is_a_fault_of_its_own_sequence(tmp_path):
    found = listed(tmp_path, *whole("V3-VoxCeleb2/../../V3-1"), *whole("V3-2"))
    assert [(clip.name, clip.fault and clip.fault.code) for clip in found.clips] == [
        ("V3-2", None),
        ("V3-VoxCeleb2/../../V3-1", "unsafe-path"),
    ]
