import pytest

from faceshards.errors import UsageError
from faceshards.packing.cutting.span_list import SpanList


@pytest.fixture
def spans(tmp_path):
    def make(text: str | bytes) -> SpanList:
        path = tmp_path / "spans.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return SpanList(path)

    return make


def test_a_header_is_told_from_a_row(spans):
    with_one = spans("name,start,end,id\na,1,2.5,x\n").rows
    without = spans("a,1,2.5,x\n").rows
    assert [(row.name, row.start, row.end) for row in with_one + without] == [("a", 1.0, 2.5)] * 2
    assert with_one[0].facts == {"id": "x"} and without[0].facts == {"column4": "x"}
    assert (with_one[0].number, without[0].number) == (2, 1)
    [other] = spans("\ufeffend,name,start\n2,a b,1\n").rows
    assert (other.name, other.start, other.end) == ("a b", 1.0, 2.0)


def test_further_columns_are_facts_with_the_types_that_they_show(spans):
    [row] = spans('name,start,end,a,b,c,d,e,f\nx,0,1,7,-0.5,007,"two, words",,1e5\n').rows
    assert row.facts == {"a": 7, "b": -0.5, "c": "007", "d": "two, words", "f": "1e5"}


def test_broken_rows_say_what_is_wrong_and_the_others_stay(spans):
    text = "name,start,end\na,1,2\na,2,1\na,-1,2\n,1,2\na,nan,2\na,inf,2\na,1\na,1,2,3\na,1e999,2\n\na,3,4\n"
    rows = spans(text).rows
    assert [row.number for row in rows] == [2, 3, 4, 5, 6, 7, 8, 9, 10, 12]
    assert [row.number for row in rows if not row.fault] == [2, 12]
    faults = [row.fault for row in rows if row.fault]
    assert faults[0] == "end must be behind start, got 2 to 1" and faults[2] == "it names no video"
    assert faults[1] == "start must be seconds from 0 on, got '-1'" and "4 columns" in faults[6]


def test_bytes_that_are_no_text_are_a_name_all_the_same(spans):
    [row, broken] = spans(b"caf\xe9,1,2,\xff\nx,\x00,2\n").rows
    assert row.name == "caf\udce9" and row.facts == {"column4": "\\xff"} and broken.fault


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no rows"),
        ("clip,start,end\na,1,2\n", "no column 'name'"),
        ("name,start,end,frames\na,1,2,3\n", "'frames'"),
        ("name,start,end,made\na,1,2,3\n", "'made'"),
        ("name,start,end,x,x\na,1,2,3,4\n", "'x'"),
        ("name,start,end,\na,1,2,3\n", "''"),
    ],
)
def test_a_list_that_cannot_be_meant_is_refused(spans, text, said):
    with pytest.raises(UsageError, match=said):
        spans(text)


def test_a_list_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"gone\.csv"):
        SpanList(tmp_path / "gone.csv")


def test_labels_may_stand_in_a_list(spans):
    assert spans("name,start,end,identity,licence\na,1,2,ann,CC0\n").rows[0].facts == {
        "identity": "ann",
        "licence": "CC0",
    }


def test_a_row_ends_where_its_line_does_and_not_within_a_text(spans):
    found = spans("name,start,end,said\r\na,0,1,x\u2028y\x0cz\r\nb,0,1,\r\n")
    assert [(row.name, dict(row.facts), row.fault) for row in found.rows] == [
        ("a", {"said": "x\u2028y\x0cz"}, None),
        ("b", {}, None),
    ]
