"""What a dataset reads: paths, columns, where, missing, views; and what importing it costs."""

import subprocess
import sys

import numpy as np
import pytest
import torch
import webdataset as wds
from torch.utils.data import DataLoader

from faceshards.errors import ColumnError, UsageError
from faceshards.loaders import Mix, ShardDataset
from faceshards.shards.rewrite import rewrite


def fail_some(number, sample):
    if number % 4 == 1:
        sample["x.npy"] = b""
        sample["json"]["failures"] = [
            {"stage": "spectrogram", "code": "no-sound", "reason": "there is no sound stream"}
        ]


def test_one_path_or_many_folders_or_files(data):
    whole = ShardDataset(data, ["json"])
    assert len(whole) == len(ShardDataset(str(data), ["json"])) == 100
    assert len(ShardDataset([data / "a.tar", data / "b.tar"], ["json"])) == 47


LISTS = """
import sys
from faceshards.loaders import ShardDataset

folder, lists = sys.argv[1], []
sys.addaudithook(lambda event, args: lists.append(str(args[0])) if event in ("os.scandir", "os.listdir") else None)
dataset = ShardDataset(folder, ["x.npy"])
assert len(dataset) == 100 and next(iter(dataset.loader(10)))
print(sum(one.rstrip("/") == folder for one in lists))
"""


def test_a_folder_is_listed_once(data):
    assert len(ShardDataset(data, ["x.npy"])) == 100  # the merged index is there
    run = subprocess.run([sys.executable, "-c", LISTS, str(data)], check=True, capture_output=True, text=True)
    assert run.stdout == "1\n"


@pytest.mark.parametrize("workers", [0, 2])
def test_the_dataset_itself_gives_webdataset_samples(data, workers):
    dataset = ShardDataset(data, ["x.npy", "json"])
    samples = list(DataLoader(dataset, batch_size=None, num_workers=workers, collate_fn=lambda sample: sample))
    assert sorted(int(sample["__key__"].split("-")[1]) for sample in samples) == list(range(100))
    for sample in samples:
        number = sample["json"]["number"]
        assert list(sample) == ["__key__", "__url__", "x.npy", "json"]
        assert sample["__url__"] == str(data / f"{sample['__key__'][0]}.tar")
        np.testing.assert_array_equal(sample["x.npy"], np.full((2, 3), number, np.float32))


def test_it_is_a_source_of_a_wds_pipeline(data):
    pipeline = wds.DataPipeline(
        ShardDataset(data, ["x.npy"]), wds.shuffle(10, seed=0), wds.to_tuple("__key__", "x.npy")
    )
    assert len({key for key, _ in pipeline}) == 100


def test_where_selects_rows_by_their_scores(data):
    dataset = ShardDataset(data, ["json"], where="number >= 38 AND number % 2 = 0")
    assert sorted(sample["json"]["number"] for sample in dataset) == list(range(38, 100, 2))
    with pytest.raises(UsageError, match="no row"):
        len(ShardDataset(data, ["json"], where="number > 1000"))


def test_where_is_the_same_rows_in_every_process_or_refused(data):
    with pytest.raises(UsageError, match=r"asks for random\(\), .*hash\(key\) % 10 = 0"):
        ShardDataset(data, ["json"], where="random() < 0.5").loader(4, rank=0, world=4)
    half, rest = (ShardDataset(data, ["json"], where=f"hash(key) % 2 = {part}") for part in (0, 1))
    assert len(half) + len(rest) == 100 and len({len(half.loader(4, rank=r, world=4)) for r in range(4)}) == 1


def test_an_absent_column_names_the_stage_to_run(data):
    with pytest.raises(ColumnError, match=r"a\.tar has no column 'faces\.msg'.*faceshards curate .*--stages faces"):
        ShardDataset(data, ["faces.msg"]).loader(10)
    with pytest.raises(ColumnError, match="--stages faces"):  # nothing is left to skip to
        len(ShardDataset(data, ["faces.msg"], missing="skip"))
    with pytest.raises(ColumnError, match=r"no column 'other\.npy', only json.*name another"):
        ShardDataset(data, ["other.npy"]).loader(10)


def test_missing_error_says_how_many_and_why(write_shard):
    path = write_shard("a", range(20), fail_some)
    with pytest.raises(
        ColumnError, match=r"5 sample\(s\) have an empty 'x\.npy', first 'a-0001' \(spectrogram:no-sound\)"
    ):
        len(ShardDataset(path, ["x.npy"]))
    assert len(ShardDataset(path, ["x.npy"], where="number % 4 != 1")) == 15


def test_missing_skip_leaves_them_out_and_none_delivers_none(write_shard):
    path = write_shard("a", range(20), fail_some)
    kept = [sample["x.npy"][0, 0] for sample in ShardDataset(path, ["x.npy"], missing="skip")]
    assert sorted(kept) == [number for number in range(20) if number % 4 != 1]
    (batch,) = ShardDataset(path, ["x.npy", "faces.msg"], missing="none").loader(20)
    for key, value in zip(batch["__key__"], batch["x.npy"], strict=True):
        number = int(key.split("-")[1])
        assert value is None if number % 4 == 1 else torch.equal(value, torch.full((2, 3), float(number)))
    assert batch["faces.msg"] == [None] * 20
    with pytest.raises(ColumnError, match=r"has no column 'x.npu', only json, .*x.npy: name another$"):
        len(ShardDataset(path, ["x.npy", "x.npu"], missing="none"))
    with pytest.raises(ColumnError, match=r"run `faceshards curate .* --stages faces`$"):
        len(ShardDataset(path, ["x.npy", "faces.msg"], missing="skip"))


def test_usage_errors(data, tmp_path):
    for columns in (None, [], "mp4"):
        with pytest.raises(UsageError, match="columns must be a list"):
            ShardDataset(data, columns)
    with pytest.raises(UsageError, match="seed"):
        ShardDataset(data, ["json"], seed=-1)
    with pytest.raises(UsageError, match="missing must be one of error, skip, none"):
        len(ShardDataset(data, ["json"], missing="ignore"))
    with pytest.raises(UsageError):
        ShardDataset(tmp_path / "nothing", ["json"])


def test_enrichment_during_training_changes_nothing(data):
    dataset = ShardDataset(data, ["x.npy"], where="number < 60")
    expected = [batch["__key__"] for batch in ShardDataset(data, ["x.npy"], where="number < 60").loader(10)]
    loader = dataset.loader(10)
    batches = iter(loader)
    seen = [next(batches)["__key__"]]
    for name in "abc":
        rewrite(data / f"{name}.tar", {"y.npy": lambda row: b""}, json=lambda row, old: {**old, "number": 0})
    assert seen + [batch["__key__"] for batch in batches] == expected


def test_a_sample_by_number_and_by_key(data):
    dataset = ShardDataset(data, ["x.npy", "json"], where="number >= 38")
    assert dataset[0]["json"]["number"] == 38 and dataset[-1]["json"]["number"] == 99
    sample = dataset["b-0041"]
    assert list(sample) == ["__key__", "__url__", "x.npy", "json"] and sample["json"]["number"] == 41
    assert sample["__url__"] == str(data / "b.tar") and len([dataset[n] for n in range(len(dataset))]) == 62
    for which in (62, -63, "a-0001", None, 1.5, slice(2)):
        with pytest.raises(LookupError, match=r"number|no samples have the key 'a-0001'"):
            _ = dataset[which]


def test_a_key_that_two_shards_have_is_no_sample(write_shard, tmp_path):
    first = write_shard("a", range(3))
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.tar").write_bytes(first.read_bytes())
    with pytest.raises(LookupError, match="2 samples have the key 'a-0001'"):
        _ = ShardDataset([first, other / "a.tar"], ["json"])["a-0001"]


def test_what_it_is_at_a_glance(data):
    dataset = ShardDataset(data, ["x.npy"], where="number < 60", seed=3)
    said = f"<ShardDataset: 3 shard(s), first {data / 'a.tar'}; columns x.npy; where 'number < 60'; seed 3; "
    assert repr(dataset) == f"{said}rows not counted yet>"
    loader = dataset.loader(10, rank=1, world=2)
    assert repr(dataset) == f"{said}60 rows>"
    assert repr(loader) == f"<Loader: epoch 0, batch 0 of 6, batch_size 10, rank 1 of 2, of {dataset!r}>"
    assert repr(Mix([dataset, dataset], [3, 1])).startswith("<Mix: 2 datasets, weights 3, 1, stop='epoch', seed 0>")


@pytest.mark.parametrize(
    ("code", "spared"),
    [
        ("import faceshards.loaders", ["av", "cv2", "ray", "torch", "webdataset"]),
        ("from faceshards.loaders import ShardDataset", ["av", "cv2", "ray", "webdataset"]),
    ],
)
def test_importing_costs_no_ray_and_no_codec(code, spared):
    code = f"{code}; import sys; print(set({spared}) & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
