"""`faceshards manifest`: written, checked, compared."""

import json
import shutil

import pytest

from faceshards.shards.index.index import index_path


@pytest.fixture
def packed(data):
    """The data set of four persons, one shard with the report of a packing beside it, one with a compaction's."""
    pack = {
        "command": "pack",
        "source": "/home/me/raw/a.zip",
        "seen": 5,
        "whole": 4,
        "failed": {"pack": {"no-video": 1}},
        "started": "2026-11-28T10:00:00",
        "files": ["/home/me/set/a.tar"],
        "shards": {"a.tar": {"generation": "x", "samples": 4, "bytes": 9}},
        "plan": {
            "kind": {"name": "clips"},
            "source": {"path": "/home/me/raw/a.zip", "size": 77, "mtime_ns": 5, "listing": "ab"},
            "options": {"crf": 17, "identity": "(id[0-9]+)/", "list": "/home/me/list.csv"},
        },
    }
    compact = {"command": "compact", "source": "/x/old", "where": "face_share > 0.1", "seen": 9, "whole": 2}
    compact |= {"shards": {"b.tar": {}}, "sources": [{"shard": "/x/old/c.tar", "clips": 9, "kept": 2}], "files": []}
    (data / "a.pack.json").write_text(json.dumps(pack))
    (data / "b.compact.json").write_text(json.dumps(compact))
    return data


def written(run, folder, file, *words):
    code, _, err = run("manifest", "write", folder, "--out", file, *words)
    assert code == 0, err
    return json.loads(file.read_text())


def test_what_stands_in_it(run, packed, tmp_path):
    told = written(run, packed, tmp_path / "m.json")
    assert (told["samples"], told["digest"][:7], told["program"][:10]) == (6, "sha256:", "faceshards")
    assert [one["name"] for one in told["shards"]] == ["a.tar", "b.tar"]
    assert {"generation", "sha256", "rows", "samples", "bytes"} <= set(told["shards"][0])
    assert [one["stage"] for one in told["recipes"]].count("faces") == 1
    assert next(one for one in told["recipes"] if one["stage"] == "faces")["models"] == {"net.onnx": "ab" * 32}
    (collection,) = told["collections"]
    assert (collection["licence"], collection["citation"], collection["samples"]) == ("CC BY 4.0", "Xie et al. 2022", 6)
    assert told["sources"] == [{"source": "a.zip", "samples": 6}]
    compact, pack = told["runs"]
    assert compact["where"] == "face_share > 0.1" and compact["of"] == [{"shard": "c.tar", "clips": 9, "kept": 2}]
    assert pack["options"] == {"crf": 17, "identity": "(id[0-9]+)/", "list": "list.csv"}
    assert (pack["source"], pack["source_bytes"], pack["listing"]) == ("a.zip", 77, "ab")
    text = (tmp_path / "m.json").read_text()
    assert "/home" not in text and "2026" not in text and str(tmp_path) not in text


def test_equal_data_sets_give_equal_files(run, packed, tmp_path):
    shutil.copytree(packed, tmp_path / "elsewhere" / "deep")
    for index in (tmp_path / "elsewhere").rglob("*.parquet"):
        index.unlink()
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    written(run, packed, one)
    written(run, tmp_path / "elsewhere" / "deep", other)
    assert one.read_bytes() == other.read_bytes()
    code, out, _ = run("manifest", "diff", one, other)
    assert code == 0 and "both are sha256:" in out
    assert run("manifest", "check", one, tmp_path / "elsewhere" / "deep")[0] == 0


def test_a_check_says_what_differs(run, packed, tmp_path):
    file = tmp_path / "m.json"
    written(run, packed, file)
    assert run("remove", packed, "--key", "bob-1", "--reason", "request")[0] == 0
    (packed / "b.tar").rename(packed / "c.tar")
    index_path(packed / "b.tar").rename(index_path(packed / "c.tar"))
    code, out, _ = run("manifest", "check", file, packed)
    assert code == 1
    for line in (
        "shard b.tar is only in the manifest",
        "shard c.tar is only in the shards",
        "shard a.tar: samples is 4 in the manifest, 3 in the shards",
        "shard a.tar: removed is nothing in the manifest, 1 in the shards",
        "run compact old is only in the manifest",
    ):
        assert line in out, out
    assert json.loads(run("manifest", "check", file, packed, "--quick", "--json")[1])["differences"]


def test_a_byte_that_fell_over_is_told_unless_quick(run, packed, tmp_path):
    file = tmp_path / "m.json"
    written(run, packed, file)
    body = bytearray((packed / "a.tar").read_bytes())
    body[body.index(b"the face of bob-1") + 4] ^= 1
    (packed / "a.tar").write_bytes(body)
    code, out, _ = run("manifest", "check", file, packed)
    assert code == 1 and "shard a.tar: its bytes differ, though its members' checksums are the same" in out
    assert run("manifest", "check", file, packed, "--quick")[0] == 0


def test_two_manifests_in_words(run, packed, tmp_path, here):
    before = written(run, packed, tmp_path / "before.json", "--quick")
    assert "sha256" not in before["shards"][0]
    assert run("drop", packed, "--columns", "swapped.mp4")[0] == 0
    after = written(run, packed, tmp_path / "after.json")
    assert before["digest"] != after["digest"]
    code, out, _ = run("manifest", "diff", "before.json", "after.json")
    assert code == 1 and "column swapped.mp4 is only in before.json" in out and "recipe swap 3" in out


def test_a_file_that_was_changed_or_is_none_is_told(run, packed, tmp_path):
    file = tmp_path / "m.json"
    told = written(run, packed, file)
    file.write_text(json.dumps(told | {"samples": 7}))
    code, _, err = run("manifest", "check", file, packed)
    assert code == 2 and "it was changed since it was written" in err
    file.write_text("[1")
    assert "it is no manifest" in run("manifest", "diff", file, file)[2]
    file.write_text("[]")
    assert "it is no manifest of version 1" in run("manifest", "check", file, packed)[2]
    assert run("manifest", "check", tmp_path / "absent.json", packed)[0] == 2


def test_in_a_store(run, packed, store, tmp_path):
    for file in packed.iterdir():
        if file.is_file():
            store.put(f"bucket/m/{file.name}", file.read_bytes())
    here = written(run, packed, tmp_path / "m.json")
    assert run("manifest", "write", "s3://bucket/m", "--out", "s3://bucket/m.json")[0] == 0
    assert json.loads(store.get("bucket/m.json")) == here
    assert run("manifest", "check", "s3://bucket/m.json", packed)[0] == 0
