"""`faceshards pack hf`: data sets of the Hub's stand-in become shards, and go back as they were."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
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


def test_rows_of_parquet_files_become_samples(hub, run, make, clip, tmp_path):
    media = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    columns = {
        "video": pa.array([{"bytes": clip, "path": "a.mp4"}, {"bytes": make.mp4(seed=5), "path": "b.mp4"},
                           {"bytes": None, "path": "gone.mp4"}], media),
        "face": pa.array([{"bytes": b"\xff\xd8", "path": "f.jpg"}] * 3, media),
        "caption": pa.array(["smiles", "frowns", "-"]),
        "mood": pa.array([0.5, None, 1.0]),
    }  # fmt: skip
    pq.write_table(pa.table(columns), tmp_path / "train-00000-of-00001.parquet", row_group_size=2)
    publish("them/rows", {"data/train-00000-of-00001.parquet": tmp_path / "train-00000-of-00001.parquet"})
    code, said, errors = run("pack", "hf", "hf://datasets/them/rows", "--out", tmp_path / "out", "--json")
    assert code == 0, errors
    (told,) = json.loads(said)["tars"]
    assert (told["whole"], told["failed"]) == (2, {"pack": {"empty-file": 1}})
    with Shard(tmp_path / "out" / "data" / "train-00000-of-00001.tar") as shard:
        assert shard.keys == ["00000000", "00000001"] and shard.read(0, "mp4") == clip
        facts = shard.json(1)
        assert (facts["caption"], facts["mood"], facts["video_path"], facts["frames"]) == ("frowns", None, "b.mp4", 6)
        assert shard.read(1, "jpg") == b"\xff\xd8" and facts["licence"] == "cc-by-4.0"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("hf://datasets/them/parquet", 1, "not a whole Parquet file"),
        ("hf://datasets/them/nothing", 2, "no such data set, or a private one"),
        ("hf://datasets/them/parquet@v9", 2, "no such revision"),
        ("hf://datasets/them/parquet/below", 1, "holds neither tars, nor videos, nor Parquet files: it is empty"),
        ("them/parquet", 2, "is named hf://datasets/ORG/NAME"),
    ],
)
def test_what_cannot_be_packed_is_told(hub, run, tmp_path, words, code, said):
    publish("them/parquet", {"data/0.parquet": b"PAR1"})
    ended, _, errors = run("pack", "hf", words, "--out", tmp_path / "out")
    assert ended == code and said in errors, errors
