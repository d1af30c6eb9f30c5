"""Results say what they were made of: the next run knows what is done, and replaces nobody else's."""

import json

import pytest

from faceshards.errors import StorageError, UsageError
from faceshards.infer.run.results import Results

READ = {"a.wav": [3, 7]}


def test_a_result_is_current_while_input_networks_and_files_are_the_same(tmp_path):
    results = Results(tmp_path / "out", {"net": "1"})
    results.write("b/a.x", READ, {".png": b"picture"}, {"points": []})
    assert sorted(one.name for one in (tmp_path / "out" / "b").iterdir()) == ["a.x.json", "a.x.png"]
    assert results.is_current("b/a.x", READ)
    with pytest.raises(UsageError, match=r"a\.x\.png was made of something else"):
        results.is_current("b/a.x", {"a.wav": [3, 8]})
    with pytest.raises(UsageError, match="--force"):
        Results(tmp_path / "out", {"net": "2"}).is_current("b/a.x", READ)
    assert not Results(tmp_path / "out", {"net": "2"}, force=True).is_current("b/a.x", READ)


def test_a_run_that_was_killed_between_its_files_is_gone_on_with(tmp_path):
    results = Results(tmp_path, {"net": "1"})
    results.write("a", READ, {".png": b"picture"}, {})
    for body in (None, b"old pictur"):
        (tmp_path / "a.png").unlink(missing_ok=True)
        if body is not None:
            (tmp_path / "a.png").write_bytes(body)
        assert not results.is_current("a", READ), "the json is ours, so the picture is made anew"


def test_a_foreign_file_is_not_replaced(tmp_path):
    results = Results(tmp_path / "a.png", {"net": "1"}, single=True)
    (tmp_path / "a.png").write_bytes(b"a photograph")
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(UsageError, match=r"a\.png was made"):
        results.is_current("voice", READ)


def test_one_file_has_its_json_beside_it(tmp_path):
    Results(tmp_path / "face.png", {"net": "1"}, single=True).write("x", READ, {".png": b"p"}, {"input": "x.wav"})
    assert (tmp_path / "face.png").read_bytes() == b"p"
    assert json.loads((tmp_path / "face.json").read_bytes())["input"] == "x.wav"


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(StorageError, match="what should be its folder is a file"):
        Results(tmp_path / "a" / "b", {}).write("x", READ, {".png": b"p"}, {})
