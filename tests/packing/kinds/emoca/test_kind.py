"""Sequences become samples, or are rejected with what is wrong with them."""

import json
import pickle
from contextlib import closing

import numpy as np
import pytest

from faceshards.loaders import ShardDataset
from faceshards.packing.kinds.emoca.kind import Emoca
from faceshards.packing.options import PackOptions
from faceshards.packing.packer import Packer
from faceshards.packing.sources.opening import open_source
from faceshards.shards.reader import Shard
from tests.packing.conftest import zipped
from tests.packing.kinds.emoca.conftest import Runs, npy, sequence


def packed(source, folder, **options):
    with closing(open_source(source)) as archive:
        return Packer(archive, folder, PackOptions(), kind=Emoca(**options)).run()


@pytest.fixture(scope="module")
def shard(trainset, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    report = packed(trainset, folder)
    assert (report.whole, report.failures) == (8, 0)
    return folder / "trainset.tar"


def test_files_stand_byte_for_byte_and_the_json_says_what_the_name_does(shard, trainset):
    with Shard(shard) as opened:
        row = opened.keys.index("V2-MEAD=2FV2-M003-angry-00002")
        facts = opened.json(row)
        assert set(opened.columns) == set(Emoca.columns)
        folder = trainset / facts["path"]
        for column in (one for one in opened.columns if one.endswith("npy")):
            assert opened.read(row, column) == (folder / column).read_bytes()
        assert opened.read(row, "wav") == (folder / "audio.wav").read_bytes()
    assert {key: facts[key] for key in ("collection", "identity", "emotion", "fps", "frames", "sample_rate")} == {
        "collection": "MEAD",
        "identity": "M003",
        "emotion": "angry",
        "fps": [25, 1],
        "frames": 7,
        "sample_rate": 16000,
    }
    assert facts["duration"] == 7 / 25 and facts["failures"] == [] and "MEAD" in facts["licence"]


def test_the_loader_reads_the_columns_and_filters_by_what_the_names_say(shard):
    columns = ["expcode.npy", "envelope.npy", "refimg.npy", "wav", "metadata.msg"]
    dataset = ShardDataset(shard, columns=columns, where="collection = 'RAVDESS' AND vocal_channel = 'song'")
    (batch,) = dataset.loader(batch_size=1, num_workers=0)
    assert batch["__key__"] == ["V1-RAVDESS=2FV1-Song-Actor_01-00001"]
    assert batch["expcode.npy"].shape == (1, 5, 50) and batch["refimg.npy"].shape == (1, 3, 224, 224)
    assert batch["envelope.npy"].shape == (1, 5 * 640 + 100) and batch["wav"][0].startswith(b"RIFF")
    assert len(ShardDataset(shard, columns=["cam.npy"], where="frames >= 6 AND duration < 0.4")) == 4


def test_the_commands_that_look_at_shards_need_no_video(shard, run):
    code, said, err = run("inspect", shard)
    assert code == 0 and "detailcode.npy" in said and "VoxCeleb2" in said, err
    assert run("index", shard, "--verify")[0] == 0
    code, said, err = run("explain", shard, "V3-VoxCeleb2=2FV3-00007", "texcode.npy")
    assert code == 0 and "done" in said, err


def test_wrong_sequences_are_rejected_by_name_and_the_rest_goes_on(tmp_path):
    bad = {
        "nan": {"expcode.npy": npy(np.full((4, 50), np.nan, np.float32))},
        "short": {"cam.npy": npy(np.zeros((3, 3), np.float32))},
        "long": {k: v for k, v in sequence(1, samples=4 * 640 + 16000).items() if k in ("audio.wav", "envelope.npy")},
        "wide": {"texcode.npy": npy(np.zeros((4, 50)))},
    }
    files = {f"V3-{name}/{file}": body for name, odd in bad.items() for file, body in (sequence() | odd).items()}
    files |= {f"V3-good/{file}": body for file, body in sequence().items()}
    files |= {f"V3-lacks/{file}": body for file, body in sequence().items() if file != "cam.npy"}
    report = packed(zipped(tmp_path / "set.zip", files), tmp_path / "out")
    assert report.whole == 1 and report.failed == {"pack": {"bad-column": 5}}
    reasons = {one["name"]: one["reason"] for one in report.rejected}
    for name, told in (("lacks", "lacks cam.npy"), ("nan", "expcode.npy holds nan"), ("short", "cam.npy has 3")):
        assert told in reasons[f"V3-{name}"]
    assert "less than a second" in reasons["V3-long"] and "--any-dtype" in reasons["V3-wide"]
    assert packed(tmp_path / "set.zip", tmp_path / "any", any_dtype=True).whole == 2


def test_a_hostile_pickle_costs_the_metadata_alone_and_is_told(tmp_path, run):
    files = {f"V3-{i}/{file}": body for i in range(2) for file, body in sequence(i).items()}
    files["V3-1/metadata.pkl"] = pickle.dumps(Runs(tmp_path / "ran"))
    source = zipped(tmp_path / "set.zip", files)
    code, said, _ = run("pack", "emoca", source, "--out", tmp_path)
    assert code == 0 and "packed in part: unsafe-data" in said and "1, such as 'V3-1'" in said
    with Shard(tmp_path / "set.tar") as shard:
        assert [shard.filled(row, "metadata.msg") for row in range(2)] == [True, False]
        (failure,) = shard.json(1)["failures"]
        assert failure["code"] == "unsafe-data" and "system" in failure["reason"]
    assert len(ShardDataset(tmp_path / "set.tar", columns=["cam.npy"], where="failed = ''")) == 1
    code, said, _ = run("export", "emoca", tmp_path / "set.tar", tmp_path / "back", "--json")
    assert code == 0 and json.loads(said)["counts"] == {"written": 21, "left out": 1}
    assert not (tmp_path / "back" / "V3-1" / "metadata.pkl").exists() and not (tmp_path / "ran").exists()


def test_labels_of_the_command_come_before_the_names_own(tmp_path, run):
    source = zipped(tmp_path / "set.zip", {f"V3-0/{file}": body for file, body in sequence().items()})
    labels = ("--collection", "mine", "--licence", "none")
    assert run("pack", "emoca", source, "--out", tmp_path, *labels)[0] == 0
    with Shard(tmp_path / "set.tar") as shard:
        facts = shard.json(0)
    assert (facts["collection"], facts["licence"]) == ("mine", "none") and "VoxCeleb2" in facts["citation"]
