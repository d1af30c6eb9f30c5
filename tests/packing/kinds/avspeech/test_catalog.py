import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceshards.errors import SourceError, UsageError
from faceshards.packing.kinds.avspeech.catalog import BrokenRow, CatalogRow, RowSpan, read_catalog, split_of

PLAIN = b"AAAAAAAAAAA,90.000000,93.600000,0.465278,0.30\n-rfBBBBBBBB,1.5,4.5,0,1\nCCCCCCCCC_-,0,3,0.5,0.5\n"
HEADED = b"link,start_time,end_time,pos_x,pos_y\n" + PLAIN


def rows(body, span=None):
    return list(read_catalog(body, "c.csv", span))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "link,start_time,end_time,pos_x,pos_y\n",
        "link,start_time,end_time,x_coord,y_coord\n",
        "YouTube ID,start segment,end segment,X coordinate,Y coordinate\r\n",
        '\ufeff"link",start_time,end_time,pos_x,pos_y\n',
    ],
)
def test_row_i_is_the_same_row_with_a_header_and_without(header):
    assert rows(header.encode() + PLAIN) == rows(PLAIN)
    assert [row.row for row in rows(PLAIN)] == [0, 1, 2]
    assert rows(PLAIN)[0] == CatalogRow(0, "AAAAAAAAAAA", 90.0, 93.6, 0.465278, 0.3)
    assert rows(PLAIN)[0].seconds == Fraction(36, 10)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("../../../x,1,2,0.5,0.5", "no YouTube id"),
        ("-rf,1,2,0.5,0.5", "no YouTube id"),
        ("AAAAAAAAAA\x00,1,2,0.5,0.5", "no YouTube id"),
        ("AAAAAAAAAAA,1,2,0.5", "4 fields"),
        ("AAAAAAAAAAA,1,2,0.5,0.5,7", "6 fields"),
        ("AAAAAAAAAAA,two,3,0.5,0.5", "numbers"),
        ("AAAAAAAAAAA,3,3,0.5,0.5", "before its end"),
        ("AAAAAAAAAAA,-1,3,0.5,0.5", "before its end"),
        ("AAAAAAAAAAA,1,inf,0.5,0.5", "before its end"),
        ("AAAAAAAAAAA,nan,3,0.5,0.5", "before its end"),
        ("AAAAAAAAAAA,1,3,0.5,1.01", r"in \[0, 1\]"),
        ("AAAAAAAAAAA,1,3,nan,0.5", r"in \[0, 1\]"),
        (",,,,", "no YouTube id"),
        ("<div class='x'>", "1 fields"),
        ("link,start_time,end_time,pos_x,pos_y", "no YouTube id"),
        ('"AAAAAAAAAAA,1,2', "3 fields"),
        ("AAAA\udcffAAAAAA,1,2,0.5,0.5", "no YouTube id"),
    ],
)
def test_a_broken_row_is_named_and_keeps_its_number(line, rule):
    body = f"AAAAAAAAAAA,1,2,0.5,0.5\n\n{line}\n".encode("utf-8", "surrogateescape") + PLAIN
    found = rows(body)
    assert len(found) == 5 and isinstance(found[1], BrokenRow)
    assert found[1].fault.code == "bad-row" and found[1].fault.message.startswith("row 1 is ")
    assert re.search(rule, found[1].fault.message)
    assert [row.row for row in found] == [0, 1, 2, 3, 4] and found[2].link == "AAAAAAAAAAA"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\xef\xbb\xbf\n <html>", "web page"),
        (b"", "empty"),
        (b" \n", "empty"),
        (b"PK\3\4zip", "unpack"),
        (b"\x1f\x8bgz", "unpack"),
        ("AAAAAAAAAAA,1,2".encode("utf-16"), "UTF-8"),
    ],
)
def test_what_is_no_catalogue_is_refused_by_name(body, why):
    with pytest.raises(SourceError, match=f"^c.csv: .*{why}"):
        rows(body)


@given(st.lists(st.binary(max_size=40).map(lambda line: re.sub(rb"[\r\n]", b"", line)), max_size=6))
def test_whatever_stands_in_a_line_it_is_a_row_or_a_broken_one(lines):
    body = b"AAAAAAAAAAA,1,2,0.5,0.5\n" + b"\n".join([*lines, b"CCCCCCCCCC_,0,3,0.5,0.5"])
    found = rows(body)
    assert [row.row for row in found] == list(range(len(found)))
    assert 2 <= len(found) <= len(lines) + 2 and found[-1].link == "CCCCCCCCCC_"


def test_rows_are_chosen_as_python_slices_from_zero():
    for text, numbers in (("0:2", [0, 1]), ("1:", [1, 2]), (":1", [0]), (None, [0, 1, 2]), ("2:9", [2]), ("7:9", [])):
        assert [row.row for row in rows(HEADED, RowSpan.parsed(text))] == numbers
    for text in ("3:3", "5:2", "-1:4", "a:b", "4"):
        with pytest.raises(UsageError, match="FIRST:LAST"):
            RowSpan.parsed(text)


def test_the_split_is_as_given_or_as_the_file_is_called():
    assert split_of(Path("avspeech_train.csv"), None) == "train"
    assert split_of(Path("test.csv"), None) == "test"
    assert split_of(Path("mine.csv"), "val") == "val"
    for path, side in ((Path("constraints.csv"), None), (Path("train_test.csv"), None), (Path("a.csv"), "../x")):
        with pytest.raises(UsageError, match="--split"):
            split_of(path, side)
