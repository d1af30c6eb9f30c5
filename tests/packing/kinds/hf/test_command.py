"""`faceshards pack hf`: data sets of the Hub's stand-in become shards, and go back as they were."""

import json

import pytest

from faceshards.packing.hub.address import HubAddress
from faceshards.packing.hub.client import Hub
from faceshards.shards.reader import Shard
from tests.packing.kinds.webdataset.test_command import tar_of

CARD = b"---\nlicense: cc-by-4.0\n---\n# A data set\n"


def publish(id, files):
    """A data set of the stand-in with these files."""
    there = Hub(HubAddress.parse(f"hf://datasets/{id}"))
    there.create(private=True)
    there.commit({"README.md": CARD, **files}, "files")
    return there


def test_tars_become_shards_and_come_back(hub, run, clip, tmp_path):
    for number in range(2):
        tar_of(tmp_path / f"train-{number}.tar", [(f"{number}a.mp4", clip), (f"{number}a.txt", b"smiles")])
    tars = {f"data/en/train-{number}.tar": tmp_path / f"train-{number}.tar" for number in range(2)}
    sha = publish("them/tars", {**tars, "data/notes.txt": b"x"}).pinned()[0]
    words = ("pack", "hf", "hf://datasets/them/tars/data", "--out", tmp_path / "out", "--json")
    code, said, errors = run(*words)
    assert code == 0, errors
    assert json.loads(said)["total"]["whole"] == 2
    with Shard(tmp_path / "out" / "en" / "train-1.tar") as shard:
        facts = shard.json(0)
        assert (facts["collection"], facts["licence"]) == ("them/tars", "cc-by-4.0")
        assert facts["source"] == f"hf://datasets/them/tars@{sha}" and shard.read(0, "txt") == b"smiles"
    before = len(json.loads(hub.get("/log")))
    code, said, _ = run(*words)
    assert code == 0 and json.loads(said)["total"]["stood"] == 2
    new = json.loads(hub.get("/log"))[before:]
    assert not any(one.startswith("GET /datasets") for one in new), "the cache has them"
    code, _, errors = run("export", "webdataset", tmp_path / "out", tmp_path / "again")
    assert code == 0, errors
    one = tmp_path / "one"
    assert run("pack", "hf", f"hf://datasets/them/tars@{sha}/data/en/train-0.tar", "--out", one)[0] == 0
    assert sorted(path.name for path in one.glob("*.tar")) == ["train-0.tar"]


def test_videos_with_metadata_become_one_shard_and_come_back(hub, run, make, clip, tmp_path):
    files = {
        "train/a.mp4": clip,
        "train/deep/b.mp4": make.mp4(seed=3),
        "train/metadata.csv": b'file_name,caption,mood\na.mp4,"smiles, twice",3\ndeep/b.mp4,frowns,4\n',
        "test/c.mp4": make.mp4(seed=4),
        "test/metadata.jsonl": b'{"file_name": "c.mp4", "caption": "waits"}\n{"file_name": "gone.mp4"}\n',
    }
    publish("them/videos", files)
    code, said, errors = run("pack", "hf", "hf://datasets/them/videos", "--out", tmp_path / "out", "--json")
    assert code == 0, errors
    report = json.loads(said)
    assert report["whole"] == 3 and report["remarks"]["annotations of no clip"]["names"] == ["test/gone.mp4"]
    with Shard(tmp_path / "out" / "videos.tar") as shard:
        told = {shard.json(row)["path"]: shard.json(row) for row in range(3)}
        assert {path: facts["caption"] for path, facts in told.items()} == {
            "train/a.mp4": "smiles, twice", "train/deep/b.mp4": "frowns", "test/c.mp4": "waits",
        }  # fmt: skip
        assert told["train/a.mp4"]["mood"] == 3 and told["test/c.mp4"]["licence"] == "cc-by-4.0"
    code, _, errors = run("export", "clips", tmp_path / "out", tmp_path / "again")
    assert code == 0, errors
    again = tmp_path / "again"
    back = {path.relative_to(again).as_posix(): path.read_bytes() for path in again.rglob("*.*")}
    (line,) = back.pop("test/metadata.jsonl").splitlines()  # equal values; the row of no clip was told
    assert json.loads(line) == json.loads(files.pop("test/metadata.jsonl").splitlines()[0]) and back == files


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("hf://datasets/them/parquet", 1, "holds neither tars nor videos (but md 1, parquet 1): write tars of it"),
        ("hf://datasets/them/nothing", 2, "no such data set, or a private one"),
        ("hf://datasets/them/parquet@v9", 2, "no such revision"),
        ("hf://datasets/them/parquet/below", 1, "holds neither tars nor videos: it is empty"),
        ("them/parquet", 2, "is named hf://datasets/ORG/NAME"),
    ],
)
def test_what_cannot_be_packed_is_told(hub, run, tmp_path, words, code, said):
    if words == "hf://datasets/them/parquet":
        publish("them/parquet", {"data/0.parquet": b"PAR1"})
    ended, _, errors = run("pack", "hf", words, "--out", tmp_path / "out")
    assert ended == code and said in errors, errors
