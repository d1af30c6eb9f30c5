"""Shards to the Hub's stand-in and back: what is sent, what stands, what is refused."""

import hashlib
import json
import shutil

import pytest

from faceshards.errors import ShardError, UsageError
from faceshards.packing.hub import push as pushing
from faceshards.packing.hub.address import HubAddress
from faceshards.packing.hub.client import Hub
from faceshards.shards.reader import Shard
from tests.packing.hub.stand_in import TOKEN


@pytest.fixture(scope="module")
def packed(make, tmp_path_factory):
    """Two shards of two clips each, one of a collection with licence and citation."""
    from contextlib import closing

    from faceshards.packing.options import PackOptions
    from faceshards.packing.packer import Packer
    from faceshards.packing.sources.opening import open_source

    folder = tmp_path_factory.mktemp("packed")
    for name, labels in (
        ("a", {"collection": "VFHQ", "licence": "CC-BY-4.0", "citation": "Xie et al., VFHQ, 2022 | see <b>"}),
        ("deep/b", {"licence": "mit"}),
    ):
        source = folder / "raw" / name
        source.mkdir(parents=True)
        for seed in range(2):
            (source / f"c{seed}.mp4").write_bytes(make.mp4(seed=seed, sound=not seed))
        with closing(open_source(source)) as archive:
            Packer(archive, (folder / "shards" / name).parent, PackOptions(labels=labels)).run()
    return folder / "shards"


@pytest.fixture
def shards(packed, tmp_path):
    return shutil.copytree(packed, tmp_path / "shards")


def test_what_is_pushed_is_there_and_a_second_push_sends_nothing(hub, run, shards):
    words = ("push", shards, "hf://datasets/us/faces", "--private", "--json")
    code, said, errors = run(*words)
    assert code == 0, errors + str(json.loads(hub.get("/log")))
    sent = json.loads(said)["sent"]
    assert sorted(sent) == [
        "README.md", "croissant.json", "data/a.parquet", "data/a.tar", "data/deep/b.parquet", "data/deep/b.tar",
    ]  # fmt: skip
    for name in ("a.tar", "a.parquet", "deep/b.tar"):
        assert hub.get(f"/datasets/us/faces/resolve/main/data/{name}") == (shards / name).read_bytes()
    assert json.loads(hub.get("/api/datasets/us/faces"))["private"]
    metadata = json.loads(hub.get("/datasets/us/faces/resolve/main/croissant.json"))
    (told,) = (one for one in metadata["distribution"] if one["@id"] == "data/a.tar")
    assert told["sha256"] == hashlib.sha256((shards / "a.tar").read_bytes()).hexdigest()
    assert told["contentUrl"].endswith("/datasets/us/faces/resolve/main/data/a.tar")
    assert "0 B" != told["contentSize"] == f"{(shards / 'a.tar').stat().st_size} B"
    before = json.loads(hub.get("/log"))
    code, said, _ = run(*words)
    assert code == 0 and json.loads(said)["sent"] == []
    new = json.loads(hub.get("/log"))[len(before) :]
    assert not any("commit" in one or one.startswith("PUT") for one in new), new
    assert TOKEN not in said + errors


def test_a_dry_run_sends_nothing_and_shows_the_card(hub, run, shards):
    code, said, errors = run("push", shards, "hf://datasets/us/dry", "--dry-run")
    assert code == 0, errors
    assert "license: " in said and "Xie et al." in said and "to send" in said and "6" in said
    assert not any("dry" in one and one.startswith(("POST", "PUT")) for one in json.loads(hub.get("/log")))


def test_a_push_that_is_cut_goes_on(hub, run, shards, monkeypatch):
    monkeypatch.setattr(pushing, "AT_ONCE", 1)
    hub.get("/refuse?after=2")
    code, _, errors = run("push", shards, "hf://datasets/us/cut")
    assert code == 1 and "403" in errors and "HF_TOKEN" in errors and TOKEN not in errors
    hub.get("/refuse?after=1000000")
    code, said, _ = run("push", shards, "hf://datasets/us/cut", "--json")
    told = json.loads(said)
    assert code == 0 and len(told["standing"]) == 2 and len(told["sent"]) == 4
    assert hub.get("/datasets/us/cut/resolve/main/data/deep/b.tar") == (shards / "deep" / "b.tar").read_bytes()


def test_what_shall_be_private_is_not_sent_to_a_public_data_set(hub, run, shards):
    assert run("push", shards / "a.tar", "hf://datasets/us/public")[0] == 0
    code, _, errors = run("push", shards, "hf://datasets/us/public", "--private")
    assert code == 2 and "is there and public" in errors
    there = [one.path for one in Hub(HubAddress.parse("hf://datasets/us/public/data")).files()]
    assert there == ["data/a.parquet", "data/a.tar"]


def test_samples_without_a_licence_need_one(hub, run, make, pack, tmp_path):
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "a.mp4").write_bytes(make.mp4())
    pack(tmp_path / "clips", tmp_path / "out")
    code, _, errors = run("push", tmp_path / "out", "hf://datasets/us/none")
    assert code == 2 and "1 of 1 samples name no licence" in errors and "--licence" in errors
    assert run("push", tmp_path / "out", "hf://datasets/us/none", "--licence", "CC0")[0] == 0
    assert b"license: cc0-1.0\n" in hub.get("/datasets/us/none/resolve/main/README.md")


def test_what_is_not_whole_stays_here(hub, shards):
    target = Hub(HubAddress.parse("hf://datasets/us/bad"))
    report = json.loads((shards / "a.pack.json").read_text())
    (shards / "a.pack.json").write_text(json.dumps(report | {"error": "not finished"}))
    with pytest.raises(ShardError, match=r"a\.tar: its pack ended with 'not finished'"):
        pushing.planned([str(shards)], target, None)
    (shards / "a.pack.json").unlink()
    (shards / ".a.work").mkdir()
    with pytest.raises(ShardError, match="being curated"):
        pushing.planned([str(shards)], target, None)
    (shards / ".a.work").rmdir()
    body = bytearray((shards / "a.tar").read_bytes())
    (shards / "a.tar").write_bytes(body[:-512])
    with pytest.raises(ShardError, match=r"a\.tar: is damaged"):
        pushing.planned([str(shards)], target, None)
    shutil.copy(shards / "deep" / "b.tar", shards / "b.tar")
    with pytest.raises(UsageError, match=r"would both be data/b\.tar"):
        pushing.planned([str(shards / "b.tar"), str(shards / "deep" / "b.tar")], target, None)


def test_the_shards_are_read_from_there_as_they_are(hub, run, shards, tmp_path):
    assert run("push", shards, "hf://datasets/us/back")[0] == 0
    there = Hub(HubAddress.parse("hf://datasets/us/back/data"))
    sha, head = there.pinned()
    assert [one.path for one in there.files()] == [
        "data/a.parquet",
        "data/a.tar",
        "data/deep/b.parquet",
        "data/deep/b.tar",
    ]
    with Shard(there.fetch("data/a.tar", sha)) as shard:
        assert len(shard) == 2 and head["license"]
