import json

from faceshards.dataset.manifest.runs import last, portable, runs_of


def test_the_report_of_a_run_is_found_by_the_names_of_its_shards(tmp_path):
    report = {"command": "pack", "source": "g", "shards": {"g-mpg-00001.tar": {}, "g.tar": {}}}
    (tmp_path / "g.pack.json").write_text(json.dumps(report))
    assert runs_of([tmp_path / "g-mpg-00001.tar", tmp_path / "g.tar"]) == [{"command": "pack", "source": "g"}]
    assert runs_of([tmp_path / "g-00000.tar"]) == [], "it does not name that one"
    (tmp_path / "g.pack.json").write_bytes(b"\xff")
    assert runs_of([tmp_path / "g.tar"]) == []


def test_no_place_of_this_machine(tmp_path):
    found = portable({"a": ["/home/me/x.csv", "s3://b/k.tar", "a/b", 3, "(id[0-9]+)/"]})
    assert found == {"a": ["x.csv", "k.tar", "a/b", 3, "(id[0-9]+)/"]}
    assert last("/x/y/") == "y"
