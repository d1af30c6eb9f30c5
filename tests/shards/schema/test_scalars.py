import pyarrow as pa

from faceshards.shards.schema.scalars import MAX_SCALARS, SCALARS, scalar_columns, unicode_array


def values(rows):
    return {name: array.to_pylist() for name, array in scalar_columns(rows).items()}


def test_a_known_scalar_has_its_own_type_and_another_value_is_null():
    found = scalar_columns([{"frames": 75, "fps": [30000, 1001]}, {"frames": "many", "fps": 25}, {}])
    assert found["frames"].type == SCALARS["frames"].type == pa.int64()
    assert found["frames"].to_pylist() == [75, None, None]
    assert found["fps"].to_pylist() == [30000 / 1001, 25.0, None]


def test_a_users_key_has_the_type_that_its_values_share():
    rows = [{"a": 1, "b": True, "c": 1.5, "d": 1}, {"a": 2, "b": False, "c": 2, "d": "two"}]
    found = scalar_columns(rows)
    assert [found[name].type for name in "abc"] == [pa.int64(), pa.bool_(), pa.float64()]
    assert found["d"].to_pylist() == ["1", "two"]


def test_failures_become_one_column_and_nested_values_none():
    rows = [{"failures": [{"stage": "faces", "code": "no-face"}], "made": {"mp4": "ab"}, "media": {}}, {}]
    assert values(rows) == {"failed": ["faces:no-face", ""]}


def test_keys_beyond_the_limit_and_keys_that_are_no_text_have_no_column():
    found = values([{f"k{i}": i for i in range(MAX_SCALARS + 5)}])
    assert len(found) == MAX_SCALARS + 1
    assert values([{"a\udcff": 1, "b": 2}]) == {"b": [2], "failed": [""]}


def test_text_that_is_none_is_written_so_that_it_can_be_read():
    assert unicode_array(["a", "b\udcff", None]).to_pylist() == ["a", "b\\udcff", None]
