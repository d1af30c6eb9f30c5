from faceshards.dataset import listed
from faceshards.dataset.duplicates.faces import faces_apart
from faceshards.dataset.named import NAMES


def test_faces_are_compared_where_shards_know_them(here, clips):
    clips.write("a.tar", {"x": {"face": [0, 0]}, "y": {"face": [0, 0.3]}, "z": {"face": None}})
    clips.write("none.tar", {"k": {}})
    shards = listed(["a.tar", "none.tar"], NAMES)
    assert faces_apart(shards, [(0, 1), (1, 2), (0, 3)]) == {(0, 1): 0.5}
    assert faces_apart(shards[1:], [(0, 0)]) == {}
