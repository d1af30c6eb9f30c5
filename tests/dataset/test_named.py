from faceshards.dataset import listed
from faceshards.dataset.named import NAMES, known, named


def test_a_name_is_its_collections_own_and_goes_before_what_was_found(here, clips):
    facts = {
        "a": {"identity": "01", "collection": "GRID", "person": "person-x"},
        "b": {"identity": "01"},
        "c": {"collection": "GRID", "person": "person-x"},
        "d": {"identity": ""},
    }
    clips.write("a.tar", facts)
    (shard,) = listed(["a.tar"], NAMES)
    assert named(shard) == ["GRID/01", "01", None, None]
    assert known(shard) == ["GRID/01", "01", "person-x", None]


def test_a_name_within_a_video_is_no_persons_elsewhere(here, clips):
    facts = {
        "a": {"identity": "dQw4w9WgXcQ+P0", "source_id": "dQw4w9WgXcQ", "collection": "VFHQ"},
        "b": {"identity": "dQw4w9WgXcQ+P0", "source_id": "dQw4w9WgXcQ", "collection": "VFHQ", "person": "person-x"},
        "c": {"identity": "id0001", "source_id": "dQw4w9WgXcQ", "collection": "VoxCeleb"},
    }
    clips.write("a.tar", facts)
    (shard,) = listed(["a.tar"], NAMES)
    assert named(shard) == [None, None, "VoxCeleb/id0001"]
    assert known(shard) == ["VFHQ/dQw4w9WgXcQ+P0", "person-x", "VoxCeleb/id0001"]
