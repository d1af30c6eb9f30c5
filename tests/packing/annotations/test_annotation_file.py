import json

import pytest

from faceshards.errors import SourceError, UsageError
from faceshards.packing.annotations.annotation_file import key_column, read_annotations


def read(tmp_path, name: str, text: str | bytes):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_annotations(path)


def test_a_columns_values_have_the_type_that_all_its_cells_have(tmp_path):
    found = read(tmp_path, "a.csv", "age,NAME,score,room,mixed\n31,a,0.50,007,1\n,b,2,12,x\n")
    assert found.rows["a"].facts == {"age": 31, "score": 0.5, "room": "007", "mixed": "1"}
    assert found.rows["b"].facts == {"score": 2.0, "room": "12", "mixed": "x"}
    assert found.rows["a"].value == ["31", "a", "0.50", "007", "1"] and found.head[1] == "NAME"


def test_broken_rows_are_named_and_the_others_stay(tmp_path):
    found = read(tmp_path, "a.csv", 'name,x\na,1\nb\n"c\nd",2,3\na,4\n,5\n\ne,6\n')
    assert list(found.rows) == ["a", "e"] and found.rows["a"].facts == {"x": 1}
    assert found.broken == [
        "line 3: 1 cells, the header has 2",
        "line 5: 3 cells, the header has 2",
        "line 6: a second row of 'a'",
        "line 7: names no clip",
    ]
    found = read(tmp_path, "a.jsonl", '{"id": 7, "x": {"deep": [1]}}\n{"id": \n[1]\n{"id": "b", "x": NaN}\n')
    assert found.rows["7"].facts == {"x": {"deep": [1]}} and len(found.rows) == 1
    assert [word.partition(":")[0] for word in found.broken] == ["line 2", "line 3", "line 4"]


def test_documents_are_lists_or_objects_of_rows_and_what_stands_beside_is_kept(tmp_path):
    assert read(tmp_path, "a.json", '[{"clip": "a", "x": 1}, 3]').rows["a"].facts == {"x": 1}
    found = read(tmp_path, "a.json", '{"a.mp4": {"x": 1}, "b": 2}')
    assert (found.form, found.head, list(found.rows)) == ("object", None, ["a.mp4"])
    text = json.dumps({"meta": {"v": 1}, "clips_set1": {"a": {"x": 1}}, "clips_set2": {"a": {"x": 2}, "b": {"x": 3}}})
    found = read(tmp_path, "a.json", text)
    assert found.head == {"meta": {"v": 1}} and found.broken == ["entry 'a': a second row of 'a'"]
    assert found.origin(found.rows["b"]) == {
        **{"file": "a.json", "form": "object", "head": {"meta": {"v": 1}}},
        **{"key": "b", "part": "clips_set2", "row": {"x": 3}},
    }


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "", "first line must name the columns"),
        ("a.csv", "name,x,x\n", "each once"),
        ("a.csv", b"\xff\xfename", "no UTF-8 at byte 0"),
        ("a.json", "{", "fetch it again"),
        ("a.json", "3", "must be a list of objects"),
        ("a.json", "[" * 100_000, "no JSON"),
        ("a.tsv", "name\tx\na\t" + "x" * 200_000, "field larger"),
    ],
)
def test_a_file_that_is_none_is_one_line(tmp_path, name, text, said):
    with pytest.raises(SourceError, match=said):
        read(tmp_path, name, text)


def test_other_files_and_none_are_the_callers_mistake(tmp_path):
    with pytest.raises(UsageError, match="must be one of csv, tsv, jsonl, json"):
        read_annotations(tmp_path / "a.xlsx")
    with pytest.raises(UsageError, match="No such file"):
        read_annotations(tmp_path / "a.csv")


def test_the_column_that_names_the_clip():
    assert key_column(["age", "Clip", "id"]) == "Clip"
    assert key_column(["who", "age"]) == "who" and key_column([]) is None


def test_a_line_ends_where_it_does_and_not_within_a_text(tmp_path):
    found = read(tmp_path, "a.jsonl", '{"name": "a", "said": "x\u2028y\x85z"}\r\n{"name": "b"}\r\n')
    assert found.rows["a"].facts == {"said": "x\u2028y\x85z"} and list(found.rows) == ["a", "b"] and not found.broken
