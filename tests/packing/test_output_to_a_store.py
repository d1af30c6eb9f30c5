"""`faceshards pack --out s3://...`, against a real server: what stands there is what a disk would hold."""

import json
import zipfile

import pytest

from faceshards.bench.object_store import ObjectStore
from faceshards.shards.reader import Shard
from faceshards.shards.storage.find import find_shards


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ObjectStore(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def store(server, monkeypatch):
    pytest.importorskip("boto3", reason="writing to S3 needs the extra s3")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    server.heal()
    server.log(clear=True)
    return server


@pytest.fixture
def source(tmp_path, make, clip):
    with zipfile.ZipFile(tmp_path / "clips.zip", "w") as out:
        for number in range(3):
            out.writestr(f"clip{number}.mp4", make.mp4(seed=number))
        out.writestr("cut.mp4", clip[:500])
    return tmp_path / "clips.zip"


def test_the_objects_are_the_files_byte_for_byte(run, store, source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("pack", source, "--out", "disk")[0] == 0
    code, out, err = run("pack", source, "--out", "s3://bucket/one/deep", "--json")
    report = json.loads(out)
    assert code == 0 and report["files"] == ["s3://bucket/one/deep/clips.tar"], err
    for name in ("clips.tar", "clips.parquet"):
        assert store.get(f"bucket/one/deep/{name}") == (tmp_path / "disk" / name).read_bytes()
    kept = json.loads(store.get("bucket/one/deep/clips.pack.json"))
    assert (kept["whole"], kept["failures"], kept["error"]) == (3, 1, None)
    assert not list(tmp_path.glob("s3*")), "no folder of that name"
    with Shard("s3://bucket/one/deep/clips.tar") as shard:
        assert len(shard) == 3
    assert run("inspect", "s3://bucket/one", "--deep")[0] == 0


def test_a_second_run_has_nothing_to_do_and_force_replaces_what_stands(run, store, source):
    target = "s3://bucket/two"
    assert run("pack", source, "--out", target, "--limit", "2")[0] == 0
    assert "already packed" in run("pack", source, "--out", target, "--limit", "2")[1]
    assert run("pack", source, "--out", target)[0] == 0
    with Shard(f"{target}/clips.tar") as shard:
        assert len(shard) == 3
    store.put("bucket/two/clips.tar", b"another's")
    code, _, err = run("pack", source, "--out", target)
    assert code == 2 and "s3://bucket/two/clips.tar is there and does not open as a shard" in err
    assert store.get("bucket/two/clips.tar") == b"another's"
    assert run("pack", source, "--out", target, "--force")[0] == 0
    split = run("pack", source, "--out", target, "--force", "--max-bytes", "64K", "--json")
    files = json.loads(split[1])["files"]
    assert files == [str(shard) for shard in find_shards(target)], "what the last run made is gone"
    assert files[0] == f"{target}/clips-00000.tar"


def test_what_cannot_be_written_is_refused_before_any_work(run, store, source):
    for target, rule in (
        ("gs://bucket/x", "write to s3://"),
        ("az://box/x", "write to s3://"),
        ("http://host/x", "write to s3://"),
    ):
        code, _, err = run("pack", source, "--out", target)
        assert code == 2 and target in err and rule in err and err.count("\n") == 1
    store.fail("status", operation="GetObject", times=20, status=403)
    code, _, err = run("pack", source, "--out", "s3://bucket/denied")
    assert code == 1 and "s3://bucket/denied/clips.pack.json: the store answers 403" in err
    assert not [one for one in store.log() if one["operation"] != "GetObject"]
