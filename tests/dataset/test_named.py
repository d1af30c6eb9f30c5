from faceshards.dataset import listed
from faceshards.dataset.named import known, named


def test_a_name_is_its_collections_own_and_goes_before_what_was_found(here, clips):
    facts = {
        "a": {"identity": "01", "collection": "GRID", "person": "person-x"},
        "b": {"identity": "01"},
        "c": {"collection": "GRID", "person": "person-x"},
        "d": {"identity": ""},
    }
    clips.write("a.tar", facts)
    (shard,) = listed(["a.tar"], ["identity", "collection", "person"])
    assert named(shard) == ["GRID/01", "01", None, None]
    assert known(shard) == ["GRID/01", "01", "person-x", None]
