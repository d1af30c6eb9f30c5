import numpy as np
import pyarrow as pa
import pytest

from faceshards.loaders.plan.extents import ABSENT, Extents, extents_of, keys_of, numbers_of

# Three chunks of 3, 0 and 4 rows, as the merged index of several shards has them.
KINDS = pa.struct([("offset", pa.uint64()), ("size", pa.uint32()), ("crc32c", pa.uint32()), ("state", pa.uint8())])
BODIES = [
    [(512, 10, 7, 0), None, (2048, 128, 0, 1)],
    [],
    [(512, 4, 2**32 - 1, 0), (1024, 5, None, 0), None, (4096, 6, 9, 0)],
]


def body(numbers):
    return None if numbers is None else dict(zip(("offset", "size", "crc32c", "state"), numbers, strict=True))


@pytest.fixture
def table():
    bodies = pa.chunked_array([pa.array([body(one) for one in chunk], KINDS) for chunk in BODIES])
    keys = pa.chunked_array([pa.array(list(letters), pa.string()) for letters in ("abc", "", "defg")])
    score = pa.chunked_array([pa.array([1, None, 3]), pa.array([], pa.int64()), pa.array([4, 5, 6, None])])
    return pa.table({"key": keys, "x.npy": bodies, "score": score})


def test_the_extents_of_some_rows_are_found_over_the_chunks(table):
    found = extents_of(table, "x.npy", np.array([0, 1, 2, 3, 4, 6]))
    assert found.offset.tolist() == [512, ABSENT, 2048, 512, 1024, 4096]
    assert found.size.tolist() == [10, 0, 0, 4, 5, 6]
    assert found.crc32c.tolist() == [7, -1, 0, 2**32 - 1, -1, 9]  # 32 bits without a sign
    assert found.filled.tolist() == [True, False, False, True, True, True]
    assert {each.dtype for each in (found.offset, found.size, found.crc32c)} == {np.dtype(np.int64)}


@pytest.mark.parametrize("column", ["other.npy", "score"])
def test_a_column_without_bodies_has_none(table, column):
    found = extents_of(table, column, np.arange(4))
    assert found.offset.tolist() == [-1] * 4 and found.size.tolist() == [0] * 4 and not found.filled.any()


@pytest.mark.parametrize("rows", [[], [2], [2, 3], [0, 1, 2, 3, 4, 5, 6], [6]], ids=str)
def test_keys_and_numbers_are_those_of_their_rows(table, rows):
    numbers = np.array(rows, np.int64)
    assert keys_of(table, numbers).to_pylist() == ["abcdefg"[row] for row in rows]
    expected = np.array([1, np.nan, 3, 4, 5, 6, np.nan])[numbers]
    np.testing.assert_array_equal(numbers_of(table, "score", numbers), expected)


def test_a_copy_has_memory_of_its_own_and_rows_are_taken_from_all_three():
    extents = Extents(np.arange(4), np.arange(4) + 10, np.arange(4) + 20)
    copy, taken = extents.copy(), extents.take(np.array([False, True, False, True]))
    copy.offset[:], copy.size[:], copy.crc32c[:] = 9, 9, 9
    assert extents.offset.tolist() == [0, 1, 2, 3] and extents.crc32c.tolist() == [20, 21, 22, 23]
    assert (taken.offset.tolist(), taken.size.tolist(), taken.crc32c.tolist()) == ([1, 3], [11, 13], [21, 23])
