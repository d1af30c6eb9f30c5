"""`faceshards compact`, as it is typed."""

import json
from pathlib import Path

import pytest

from faceshards.bench.object_store import ObjectStore
from faceshards.shards.reader import Shard
from faceshards.shards.repair.verify import verify
from tests.packing.compact.conftest import FACES, PACK


def test_the_clips_that_match_come_byte_for_byte_with_what_made_them(run, world, shards):
    code, out, err = run("compact", "set", "out/good", "--where", "face_share > 0.6")
    assert (code, err) == (0, "") and "where face_share > 0.6: 2 of 6 clips" in out
    assert "no clip of b.tar has face_share (the stage faces makes it: `faceshards curate SHARDS" in out
    lines = [line.split() for line in out.splitlines()]
    assert [line for line in lines if line[1:] and line[1].isdigit()] == [
        ["a.tar", "4", "2", "2"],
        ["b.tar", "2", "0", "2"],
        ["total", "6", "2", "4"],
        ["set-00000.tar", "2", "111", "kB"],
        ["total", "2", "111", "kB"],
    ]
    old = dict(shards.of("set/a.tar"))
    assert shards.read(Path("out/good")) == [(key, old[key]) for key in ("k1", "k3")]
    verify("out/good/set-00000.tar")
    with Shard("out/good/set-00000.tar") as shard:
        assert shard.provenance == {one.fingerprint: one for one in (PACK, FACES)}


def test_the_same_filters_as_everywhere(run, world, shards, monkeypatch):
    Path("mine.toml").write_text('sure-v1 = "face_share = 1"')
    assert run("compact", "set", "by-recipe", "--where", "mine.toml:sure-v1")[0] == 0
    assert shards.keys(Path("by-recipe")) == ["k1"]
    assert run("compact", "set", "by-own", "--where", "mine > 1 OR face_share > 0.9")[0] == 0
    assert shards.keys(Path("by-own")) == ["k1", "z"], "a scalar that one of two shards has"
    assert run("compact", "set", "shipped", "--where", "faces-v1")[0] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--where", "frames > 1000"], "no clip of 2 shard(s) matches where='frames > 1000'"),
        (["--where", "snr_db > 8"], "no clip has snr_db (the stage loudness makes it"),
        (["--where", "random() > 0.5"], "asks for random()"),
        (["--where", "framez > 1"], "there is no column 'framez': the nearest are frames"),
        (["--where", "frames >"], "does not evaluate"),
        (["--where", "no-such-recipe"], "no recipe 'no-such-recipe'"),
        (["--where", "frames > 1", "--max-bytes", "1K"], "--max-bytes must be at least 64K, got 1K"),
        ([], "--where is missing"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_written(run, world, words, said):
    code, out, err = run("compact", "set", "good", *words)
    assert (code, out, err.count("\n")) == (2, "", 1) and said in err
    assert not Path("good").exists()


def test_json_is_the_report_that_lies_beside(run, world):
    code, out, err = run("compact", "set/a.tar", "set/b.tar", "good", "--where", "true", "--json")
    record = json.loads(out)
    assert code == 0 and "Read in set" in err
    assert record == json.loads(Path("good/set.compact.json").read_text())
    assert record["seen"] == record["whole"] + record["left_out"] == sum(one["clips"] for one in record["sources"]) == 6
    assert record["counts"] == {"renamed": 1} and record["error"] is None and record["where"] == "true"


@pytest.fixture
def store(tmp_path_factory, monkeypatch):
    pytest.importorskip("boto3", reason="writing to S3 needs the extra s3")
    with ObjectStore(tmp_path_factory.mktemp("store")) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


def test_from_a_store_into_a_store_are_the_bytes_of_a_disk(run, world, store, shards):
    for file in Path("set").iterdir():
        store.put(f"bucket/raw/set/{file.name}", file.read_bytes())
    words = ["--where", "frames > 10", "--max-bytes", "64K"]
    assert run("compact", "set", "disk", *words)[0] == 0
    code, _, err = run("compact", "s3://bucket/raw/set", "s3://bucket/good", *words)
    assert (code, err) == (0, "")
    for name, body in shards.bytes(Path("disk")).items():
        assert store.get(f"bucket/good/{name}") == body
    assert "already compacted" in run("compact", "s3://bucket/raw/set", "s3://bucket/good", *words)[1]
    code, _, err = run("compact", "s3://bucket/raw/set", "s3://bucket/raw", *words)
    assert code == 2 and "s3://bucket/raw/set stands in s3://bucket/raw" in err
    for target in ("gs://bucket/raw", "az://container/raw"):
        code, _, err = run("compact", "s3://bucket/raw/set", target, *words)
        assert code == 2 and f"{target}: " in err and "write to s3://" in err
