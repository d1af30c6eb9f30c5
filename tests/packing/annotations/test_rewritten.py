import csv
import json

import pytest

from faceshards.errors import ClipError, UsageError
from faceshards.packing.annotations.annotation_file import read_annotations
from faceshards.packing.annotations.rewritten import Rewritten

TEXTS = {
    "a.csv": 'name,x,note\na,0.50,"one, ""two"""\nb,,"line\nbreak"\n',
    "a.tsv": "x\tclip\n007\ta\n",
    "a.jsonl": '{"id": 7, "x": {"deep": [1, null]}}\n{"id": "b", "größe": 1e3}\n',
    "a.json": '{"meta": {"v": 1}, "clips": {"a": {"x": 1}, "b": {"x": [2]}}}',
    "b.json": '[{"clip": "a", "x": 1}]',
    "c.json": '{"a.mp4": {"x": 1}, "b.mp4": {"x": true}}',
}


@pytest.mark.parametrize("name", TEXTS)
def test_all_rows_give_the_file_again_value_for_value(tmp_path, name):
    path = tmp_path / name
    path.write_text(TEXTS[name], "utf-8")
    file, again = read_annotations(path), Rewritten()
    for row in [*file.rows.values(), *file.rows.values()]:  # a clip may lie in two shards
        again.add(json.loads(json.dumps(file.origin(row))))
    again.add(None)
    ((written, body),) = again.files()
    assert written == name and values(name, body.decode()) == values(name, TEXTS[name])


def values(name: str, text: str):
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    if name.endswith(".json"):
        return json.loads(text)
    return list(csv.reader(text.splitlines(True), delimiter="\t" if "tsv" in name else ","))


def test_two_files_of_one_name_are_told():
    again = Rewritten()
    origin = {"file": "a.csv", "form": "csv", "head": ["name"], "key": "a", "row": ["a"]}
    again.add(origin)
    with pytest.raises(UsageError, match=r"a\.csv: two annotation files"):
        again.add({**origin, "head": ["clip"]})
    with pytest.raises(UsageError, match=r"a\.csv: two annotation files"):
        again.add({**origin, "row": ["b"]})


@pytest.mark.parametrize(
    "change",
    [
        {"file": 7},
        {"form": None},
        {"key": [1]},
        {"part": {}},
        {"row": "x"},
        {"head": None},
        {"row": [1]},
        {"form": "list"},
    ],
)
def test_what_is_no_row_of_a_file_is_the_samples_fault(change):
    origin = {"file": "a.csv", "form": "csv", "head": ["name"], "key": "a", "row": ["a"]}
    with pytest.raises(ClipError, match="its annotation"):
        Rewritten().add({**origin, **change})
    document = {"file": "a.json", "form": "object", "head": {"clips": 3}, "key": "a", "part": "clips", "row": {}}
    with pytest.raises(ClipError, match="its annotation"):
        Rewritten().add(document)
