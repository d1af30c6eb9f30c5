import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.tables.packets import DTS, NO_TIME, WIDTH, packet_table
from faceshards.media.tables.rows import RowFormat, narrow, wide
from faceshards.shards.schema.codecs import encode_npy


@pytest.mark.parametrize("is_narrow", [True, False])
def test_rows_of_a_table_are_found_in_its_member_and_checked(numbered, made, is_narrow):
    table, facts = packet_table(made(numbered(40), "mp4", "libx264", {"g": "12"}))
    stored = narrow(table) if is_narrow else table
    assert (stored.dtype, stored.shape) == ((np.int32, (40, 8)) if is_narrow else (np.int64, (40, 7)))
    np.testing.assert_array_equal(wide(stored), table)
    member = bytearray(encode_npy(stored))
    assert facts["rows"] == 40
    layout = RowFormat.of(len(member), WIDTH, {"rows": 40})
    for size, rows in ((len(member) + 8, 40), (len(member), 39), (7, 40), (7, None), (128, 40), (len(member), "40")):
        assert RowFormat.of(size, WIDTH, {"rows": rows}) is None
    assert RowFormat.of(len(member), WIDTH, None) is None
    start, stop = layout.span(10, 20)
    np.testing.assert_array_equal(layout.parsed(member[start:stop]), table[10:20])
    check = 6 * (32 if is_narrow else 64)
    for bit in range(0, check + 64, 5):
        if check <= bit < check + 32:
            continue  # the packet's own checksum: told by the packet
        member[start + bit // 8] ^= 1 << bit % 8
        with pytest.raises(ClipError, match="check"):
            layout.parsed(member[start:stop])
        member[start + bit // 8] ^= 1 << bit % 8


def test_a_table_whose_rows_are_not_told_is_wide():
    assert RowFormat.of(128 + 8 * 56, WIDTH, {}) == RowFormat(8, np.dtype("<i8"), 7)
    assert RowFormat.of(128 + 7 * 32, WIDTH, {}) == RowFormat(4, np.dtype("<i8"), 7)  # as many bytes as 7 narrow rows
    assert RowFormat.of(128 + 7 * 32, WIDTH, {"rows": 7}) == RowFormat(7, np.dtype("<i4"), 8)


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, NO_TIME])
def test_a_table_is_kept_wide_where_a_number_needs_it(numbered, made, number):
    table, _ = packet_table(made(numbered(4)))
    assert narrow(table).dtype == np.int32
    table[2, DTS] = number
    assert narrow(table) is table and wide(table) is table
    table[2, DTS] = np.clip(number, -(2**31), 2**31 - 1)
    np.testing.assert_array_equal(wide(narrow(table)), table)
