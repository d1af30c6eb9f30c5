import json

import pytest

from faceshards.bench.object_store import ObjectStore
from faceshards.shards.reader import Shard
from tests.packing.conftest import zipped
from tests.packing.kinds.emoca.conftest import sequence


def test_help_teaches_by_an_example(run):
    code, said, _ = run("pack", "emoca", "-h")
    assert code == 0 and "faceshards pack emoca trainset/V1-RAVDESS" in said and "--any-dtype" in said
    code, said, _ = run("export", "emoca", "-h")
    assert code == 0 and "Example: faceshards export emoca" in said


def test_a_source_without_sequences_is_told(run, tmp_path):
    code, _, err = run("pack", "emoca", zipped(tmp_path / "a.zip", {"x/a.txt": b"x"}), "--out", tmp_path)
    assert code == 1 and "holds no clips (but 1 .txt)" in err
    assert run("pack", "emoca", tmp_path / "none")[0] == 2
    files = zipped(tmp_path / "b.zip", {"V0-GRID.h5": b"x", "V2-MEAD.h5": b"x"})
    code, _, err = run("pack", "emoca", files, "--out", tmp_path)
    assert code == 1 and "holds no sequences, but 2 HDF5 files: pack each by a command of its own" in err


def test_a_large_collection_is_split_whatever_the_workers(run, trainset, tmp_path):
    for workers in (1, 3):
        words = ("--out", tmp_path / str(workers), "--max-bytes", "2M", "--workers", workers, "--json")
        code, said, _ = run("pack", "emoca", trainset, *words)
        assert code == 0 and len(json.loads(said)["files"]) > 2
    for one in (tmp_path / "1").glob("*.tar"):
        assert one.read_bytes() == (tmp_path / "3" / one.name).read_bytes()


def test_the_objects_of_a_store_are_the_files(run, tmp_path, tmp_path_factory, monkeypatch):
    pytest.importorskip("boto3", reason="writing to S3 needs the extra s3")
    source = zipped(tmp_path / "V4-HDTF.zip", {f"V4-7/{file}": body for file, body in sequence().items()})
    with ObjectStore(tmp_path_factory.mktemp("store")) as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        assert run("pack", "emoca", source, "--out", "s3://bucket/emoca")[0] == 0
        assert run("pack", "emoca", source, "--out", tmp_path / "disk")[0] == 0
        assert store.get("bucket/emoca/V4-HDTF.tar") == (tmp_path / "disk" / "V4-HDTF.tar").read_bytes()
        with Shard("s3://bucket/emoca/V4-HDTF.tar") as shard:
            assert shard.json(0)["collection"] == "HDTF"
        assert run("export", "emoca", "s3://bucket/emoca", tmp_path / "back")[0] == 0
    assert (tmp_path / "back" / "V4-7" / "cam.npy").read_bytes() == sequence()["cam.npy"]
