import pyarrow as pa

from faceshards.shards.index.standing import standing


def test_a_row_with_a_reason_is_a_tombstone():
    assert standing(pa.table({"removed": [None, "request", None]})).tolist() == [True, False, True]


def test_rows_stand_where_nothing_was_removed_and_where_the_word_is_a_users_own():
    assert standing(pa.table({"key": ["a", "b"]})).tolist() == [True, True]
    assert standing(pa.table({"removed": [True, False]})).tolist() == [True, True]
