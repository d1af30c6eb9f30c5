"""The table: what is written comes back whole; no cell is a formula; what is no table is refused with its line."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceshards.dataset.judgements.judgement import Judgement, checked_note
from faceshards.dataset.judgements.sheet import COLUMNS, read_sheet, sheet_of
from faceshards.errors import UsageError

AT = "2026-01-31T12:00:00.000000Z"
HOSTILE = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "'quoted", 'a,b\n"c"', "<img src=x>", "\tx", "Ω 漢字", "''"]


def test_hostile_texts_come_back_and_are_no_formulas(tmp_path):
    words = [Judgement("a.tar", f"k{n}", "drop", checked_note(note), note or "x", AT) for n, note in enumerate(HOSTILE)]
    words = [Judgement(**{**vars(one), "by": " ".join(one.by.split())}) for one in words]
    (tmp_path / "a.csv").write_bytes(sheet_of(words))
    assert read_sheet(tmp_path / "a.csv") == words
    for row in list(csv.reader(io.StringIO((tmp_path / "a.csv").read_text(), newline="")))[1:]:
        assert not any(cell[:1] in ("=", "+", "-", "@", "\t", "\r") for cell in row)


@given(st.text(max_size=80).map(checked_note), st.sampled_from(["keep", "drop", "none"]))
def test_any_note_comes_back(tmp_path_factory, note, verdict):
    path = tmp_path_factory.mktemp("sheet") / "a.csv"
    path.write_bytes(sheet_of([Judgement("s/a.tar", "k", verdict, note, "ada", AT, "9e")]))
    assert read_sheet(path) == [Judgement("s/a.tar", "k", verdict, note, "ada", AT, "9e")]


def test_as_spreadsheets_save_it(tmp_path):
    """Another order of columns, one more, a byte order mark, CRLF, a time without zone, no generation."""
    text = "key,judgement,shard,judged_by,judged_at,mine,judgement_note\r\nk,keep,a.tar,ada,2026-01-31 12:00,7,\r\n"
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_sheet(tmp_path / "a.csv") == [Judgement("a.tar", "k", "keep", "", "ada", AT)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "line 0: no column 'shard'"),
        (b"a;b\n", "line 1: no column 'shard'"),
        ((",".join(COLUMNS) + "\na.tar,k,maybe,,ada,2026-01-31,\n").encode(), "line 2: verdict 'maybe'"),
        ((",".join(COLUMNS) + "\na.tar,k\n").encode(), "line 2: a judgement says its by"),
        ((",".join(COLUMNS) + '\na.tar,"k\n').encode(), "line 1: unexpected end"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, body, said):
    (tmp_path / "a.csv").write_bytes(body)
    with pytest.raises(UsageError, match=said):
        read_sheet(tmp_path / "a.csv")


def test_a_table_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="no such file: faceshards judgements export"):
        read_sheet(tmp_path / "a.csv")
