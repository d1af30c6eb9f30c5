"""Views and transforms: what they are given, and which one failed on which sample."""

import numpy as np
import pytest

from faceshards.errors import ColumnError, UsageError
from faceshards.loaders import Mix, ShardDataset
from faceshards.loaders.serve.view import ViewFailed


class Doubled:
    columns = ("x.npy",)

    def __call__(self, sample):
        return {"x": sample["x.npy"] * 2, "kept": len(sample["__key__"])}


class FailsAt:
    def __init__(self, number, error):
        self.number, self.error = number, error

    def __call__(self, sample):
        if sample["x.npy"][0, 0] == self.number:
            raise self.error
        return sample


def test_a_transform_is_given_what_the_view_made(data):
    def plus(sample):
        return {"y": sample["x"] + 1, "key": sample["__key__"]}

    batch = next(iter(ShardDataset(data, view=Doubled(), transform=plus).loader(8)))
    assert list(batch) == ["__key__", "y", "key"] and batch["key"] == batch["__key__"]
    assert batch["y"][:, 0, 0].tolist() == [2 * int(key[2:]) + 1 for key in batch["__key__"]]


def test_a_transform_alone_is_given_the_sample(data):
    dataset = ShardDataset(data, ["x.npy", "json"], transform=lambda sample: {"n": sample["json"]["number"]})
    batch = next(iter(dataset.loader(8)))
    assert batch["n"].tolist() == [int(key[2:]) for key in batch["__key__"]] and dataset[5]["n"] == 5


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("argument", ["view", "transform"])
def test_an_exception_names_sample_and_function(data, workers, argument):
    dataset = ShardDataset(data, ["x.npy"], **{argument: FailsAt(7, KeyError("nose"))})
    said = (
        rf"a\.tar, sample a-0007: {argument} FailsAt raised KeyError: 'nose' \(test_view\.py, line \d+, in __call__\)$"
    )
    with pytest.raises(ViewFailed, match=said):
        list(dataset.loader(10, workers))
    with pytest.raises(ViewFailed, match=said):
        _ = dataset[7]


def test_a_bad_sample_is_still_the_samples_fault(data):
    loader = ShardDataset(data, ["x.npy"], view=FailsAt(7, ColumnError("no nose"))).loader(10)
    assert len(list(loader)) == 10 and [fault.key for fault in loader.faults] == ["a-0007"]


def test_what_is_no_mapping_is_refused(data):
    with pytest.raises(ViewFailed, match=r"sample .*view .*<lambda> must return a dict, column -> value, got ndarray"):
        list(ShardDataset(data, ["x.npy"], view=lambda sample: np.zeros(3)).loader(10))


@pytest.mark.parametrize("argument", ["view", "transform"])
def test_a_lambda_for_workers_that_are_spawned_is_refused_at_once(data, argument):
    dataset = ShardDataset(data, ["x.npy"], **{argument: lambda sample: sample})
    said = rf"^{argument}.* <function .*<lambda>.*spawn.*no lambda$"
    with pytest.raises(UsageError, match=said):
        dataset.loader(10, 1, multiprocessing_context="spawn")
    with pytest.raises(UsageError, match=f"{argument} of dataset 0"):
        Mix([dataset]).loader(10, 1, multiprocessing_context="spawn")
    assert dataset.loader(10, 1) and dataset.loader(10)


class Iterates:
    def __call__(self, sample):
        return {"x": sample["x.npy"], "more": (one for one in ())}


def test_what_a_worker_cannot_send_is_told_and_not_waited_for(data):
    """torch's queue drops such a batch with a traceback, and the loader waited forever."""
    said = r"sample [a-z]-\d+: 'more' holds generator, which a worker cannot send \(cannot pickle.*num_workers=0"
    with pytest.raises(ViewFailed, match=said):
        list(ShardDataset(data, ["x.npy"], transform=Iterates()).loader(10, 1, timeout=60))
    assert len(list(ShardDataset(data, ["x.npy"], transform=Iterates()).loader(10))) == 10
