"""A key leads to its row, within its own shard."""

from faceshards.viewer.pages.clip_rows import ClipRows
from faceshards.viewer.pages.collection import Collection


def test_keys_are_of_their_shard(tmp_path, samples):
    for name in "ab":
        samples.write(tmp_path / f"{name}.tar", [samples.whole(one, score=at) for at, one in enumerate(("x", "y"))])
    rows = ClipRows(Collection([tmp_path], "score > 0"))
    assert [rows.find(number, "y") for number in (0, 1)] == [1, 3]
    assert rows.find(0, "x") is None and rows.find(0, "z") is None, "one is not looked at, one is not there"
