import pyarrow as pa

from faceshards.shards.index.joined import joined


def test_rows_follow_each_other_and_lack_what_their_shard_lacks():
    one, other = pa.table({"key": ["a"], "n": [1]}), pa.table({"key": ["b"], "x": [0.5]})
    assert joined([one, other]).to_pydict() == {"key": ["a", "b"], "n": [1, None], "x": [None, 0.5]}
    assert joined([one, one.slice(0, 0)]).to_pydict() == one.to_pydict()


def test_types_that_differ_become_the_wider_number_or_text():
    one, other = pa.table({"n": [1], "t": [2]}), pa.table({"n": [0.5], "t": ["x"]})
    assert joined([one, other]).to_pydict() == {"n": [1.0, 0.5], "t": ["2", "x"]}
