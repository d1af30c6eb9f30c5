"""Wrong values of every argument: one line that names argument, value and rule; numpy's numbers are taken."""

import re

import numpy as np
import pytest
import torch

from faceshards.errors import UsageError
from faceshards.loaders import Mix, ShardDataset, Window
from faceshards.loaders.arguments import flag, whole


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    from faceshards.shards.schema.codecs import encode
    from faceshards.shards.schema.provenance import Provenance
    from faceshards.shards.writer import ShardWriter

    path = tmp_path_factory.mktemp("data") / "a.tar"
    with ShardWriter(path, provenance=[Provenance("pack", 1)]) as writer:
        for number in range(20):
            writer.add(f"a-{number:04d}", {"json": {"number": number}, "x.npy": encode("x.npy", np.full(3, number))})
    return ShardDataset(path, ["x.npy"])


def refuses(call, *named):
    with pytest.raises(UsageError) as caught:
        call()
    said = str(caught.value)
    assert "\n" not in said and all(one in said for one in named), said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("paths", value) for value in (5, None, "", {"a": 1}, b"a.tar")),
        *(("columns", value) for value in (5, [5], [""], {"mp4": 1}, "mp4", [])),
        *(("where", value) for value in (5, True, ["frames > 3"], b"frames > 3")),
        *(("window", value) for value in (75, "75", {"frames": 75})),
        *(("seed", value) for value in ("1", 1.0, -1, None, True, 1 << 64)),
        *(("missing", value) for value in (None, 5, ["skip"], "ignore")),
        *(("view", value) for value in (5, "SpeechToFace", [])),
        *(("transform", value) for value in (5, "crop")),
        *(("max_faults", value) for value in ("1", None, -1, 1.5, float("nan"), True, [1])),
        *(("options", value) for value in (5, {"endpoint": "x"})),
        *(("cache", value) for value in (5, "/scratch")),
    ],
)
def test_of_a_dataset(dataset, name, value):
    words = {"paths": dataset.paths, "columns": ["x.npy"]} | {name: value}
    refuses(lambda: len(ShardDataset(**words)), name, repr(value))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("batch_size", value) for value in (0, 2.5, "2", None, True, [2])),
        *(("num_workers", value) for value in (-1, 1.0, "2", None)),
        *(("rank", value) for value in (-1, "0", 1.5)),
        *(("world", value) for value in (0, "1", 1.5)),
        *(("drop_last", value) for value in ("yes", 1)),
        *(("pin_memory", value) for value in ("yes", None)),
        *(("shuffle", value) for value in ("no", 0, None)),
        *(("collate_fn", value) for value in (5, "stack")),
        *(("prefetch_factor", value) for value in (0, -1, 2.5, "2", 3)),
        *(("timeout", value) for value in (-1, "5", None, float("nan"), 3)),
        *(("worker_init_fn", value) for value in (5, "seed")),
        *(("multiprocessing_context", value) for value in (5, "threads", "spawn")),
    ],
)
def test_of_a_loader(dataset, name, value):
    words = {"batch_size": 4, "rank": 0, "world": 1} | {name: value}
    refuses(lambda: dataset.loader(**words), name, repr(value))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("frames", value) for value in (0, 2.5, "75", None, True)),
        *(("stride", value) for value in (0, 1.5, "2", None)),
        *(("fps", value) for value in (0, -1, "25", float("nan"), float("inf"))),
        *(("size", value) for value in (256, (256,), (0, 1), ("a", "b"), "ab", (1.5, 2), (1 << 20, 1))),
        *(("start", value) for value in ("last", None, 0, ["first"])),
        *(("sound", value) for value in (0, -1, 1.5, "16000")),
        *(("per_frame", value) for value in ("a.npy", 5)),
    ],
)
def test_of_a_window(name, value):
    refuses(lambda: Window(**{"frames": 5} | {name: value}), repr(value))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("datasets", value) for value in (5, None, [5], [], "ab")),
        *(("weights", value) for value in (5, "ab", [1], [1, 0], [1, "2"], [1, None], [1, float("inf")], {1: 1, 2: 2})),
        *(("stop", value) for value in (None, 5, "never", ["first"])),
        *(("seed", value) for value in ("1", 1.5, -1)),
        *(("max_faults", value) for value in ("1", None)),
    ],
)
def test_of_a_mixture(dataset, name, value):
    words = {"datasets": [dataset, dataset]} | {name: value}
    named = "mixture needs" if name == "datasets" else name
    refuses(lambda: Mix(**words), named)


@pytest.mark.parametrize("paths", [[], [5], [None], ["a.tar", b"b.tar"]])
def test_of_several_paths(paths):
    refuses(lambda: ShardDataset(paths, ["x.npy"]), "paths", repr(paths[-1]) if paths else "none")


@pytest.mark.parametrize("state", [None, 5, [], "state"])
def test_what_is_no_state(dataset, state):
    refuses(lambda: dataset.loader(4).load_state_dict(state), "state", repr(state), "state_dict()")


@pytest.mark.parametrize(("name", "value"), [("epoch", "1"), ("batches", None), ("windows", 5), ("windows", ["a"])])
def test_what_is_no_position(dataset, name, value):
    loader = dataset.loader(4)
    refuses(lambda: loader.load_state_dict(loader.state_dict() | {name: value}), f"a state's {name}")
    for call in (loader.set_epoch, dataset.set_epoch):
        refuses(lambda call=call: call("1"), "epoch", "'1'")


def test_a_torn_environment_is_named(dataset, monkeypatch):
    monkeypatch.setenv("RANK", "one")
    refuses(lambda: dataset.loader(4), "RANK", "'one'")


def test_numpys_numbers_are_numbers(dataset):
    loader = dataset.loader(np.int64(4), np.uint8(0), np.int32(0), np.int16(1), drop_last=np.bool_(False))
    assert len(loader) == 5 and type(loader.batch_size) is int and type(loader.state_dict()["batch_size"]) is int
    loader.set_epoch(np.int64(1))
    assert len(ShardDataset(dataset.paths, ["x.npy"], seed=np.uint64(7))) == 20
    window = Window(np.uint8(75), np.uint8(4), sound=np.int32(16000), size=(np.int64(64), np.int64(32)))
    assert window.span == 297 and type(window.sound) is int
    assert Mix([dataset, dataset], np.array([3, 1])).weights == (0.75, 0.25)
    assert dataset[np.int64(3)]["x.npy"].tolist() == [3, 3, 3]


def test_whole_numbers_and_flags():
    assert whole("n", torch.tensor(3)) == 3 and flag("f", np.bool_(True)) is True
    with pytest.raises(UsageError, match=re.escape("n must be a whole number from 1 to 4, got 5")):
        whole("n", 5, 1, 4)
