import json

from faceshards.packing.annotations.annotation_file import AnnotationRow, read_annotations
from faceshards.packing.annotations.joined import joined, row_facts
from faceshards.packing.sources.archive import Entry
from faceshards.packing.sources.clip_list import ClipList, RawClip


def clip(path: str, suffix: str = ".mp4") -> RawClip:
    frames = not suffix
    entry = Entry(f"{path}/1.png" if frames else path + suffix, 1)
    return RawClip(path.removeprefix("top/"), path, "mp4", frames, (entry,))


def test_a_row_names_its_clip_by_path_by_name_or_by_its_last_part_where_that_is_its_own(tmp_path):
    names = ["top/a/one.mp4", "a/two", "three.mp4", "four", "same", "nobody"]
    path = tmp_path / "a.csv"
    path.write_text("name,n\n" + "".join(f"{name},{n}\n" for n, name in enumerate(names)) + "x\n")
    clips = [clip(f"top/{name}") for name in ("a/one", "a/two", "a/three", "a/same", "b/same")] + [clip("top/four", "")]
    found = joined(ClipList(clips, {}), read_annotations(path))
    assert [one.facts.get("n") for one in found.clips] == [0, 1, 2, None, None, 3]
    assert found.clips[0].facts["annotation"]["row"] == ["top/a/one.mp4", "0"]
    assert found.remarks == {
        "clips without an annotation": ["a/same", "b/same"],
        "annotations of no clip": ["same", "nobody"],
        "broken annotations": ["line 8: 1 cells, the header has 2"],
    }


def test_what_packing_measures_is_not_overwritten_and_text_stays_text():
    given = {"fps": 1, "made": {}, "failed": "no", "identity": 7, "source_start": 2, "mine": [1], "speech": 1}
    facts = row_facts(AnnotationRow("a", given, given))
    assert facts == {
        **{"annotated_fps": 1, "annotated_made": {}, "annotated_failed": "no", "identity": "7"},
        **{"source_start": 2, "mine": [1]},
        **{name: 1 for name in ("speech", "annotated_speech") if name in facts},
    }
    assert json.dumps(facts)
