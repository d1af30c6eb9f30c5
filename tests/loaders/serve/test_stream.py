"""Workers live as long as their loader, and leave nothing behind."""

import multiprocessing
import subprocess
import sys

import numpy as np
import pytest
import torch

from faceshards.errors import ColumnError
from faceshards.loaders import ShardDataset
from faceshards.loaders.faults import TooManyFaults
from faceshards.shards.schema.codecs import encode

COLUMNS = ["x.npy", "ragged.npy"]


def numbers(batch):
    return [int(key.split("-")[1]) for key in batch["__key__"]]


def epoch(loader):
    return [numbers(batch) for batch in loader]


def test_the_workers_stay_over_epochs_and_end_with_the_loader(data):
    others = set(multiprocessing.active_children())

    def workers():
        return set(multiprocessing.active_children()) - others

    loader = ShardDataset(data, COLUMNS).loader(10, num_workers=2)
    whole = [epoch(loader), epoch(loader)]
    first = workers()
    assert len(first) == 2
    next(iter(loader))
    assert workers() == first
    loader.set_epoch(0)  # a jump: what they read ahead is not wanted
    assert [epoch(loader), epoch(loader)] == whole
    assert len(workers()) == 2 and not workers() & first
    del loader
    assert not workers()


def test_a_worker_that_raises_leaves_the_position_before_its_batch(data):
    view = FailsAt(50)
    loader = ShardDataset(data, ["x.npy"], view=view, max_faults=0).loader(10, num_workers=1)
    delivered = []
    with pytest.raises(TooManyFaults, match="number 50"):
        for batch in loader:
            delivered.append(batch)
    assert loader.batches == len(delivered) < 10


class FailsAt:
    def __init__(self, number):
        self.number = number

    def __call__(self, sample):
        if sample["x.npy"][0, 0] == self.number:
            raise ColumnError(f"number {self.number}")
        return {"x": sample["x.npy"]}


def test_the_models_random_stream_is_left_alone(data):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    epoch(ShardDataset(data, COLUMNS).loader(10, num_workers=1))
    assert torch.equal(before, torch.get_rng_state())


def test_rows_of_many_sizes_take_no_descriptors(write_shard):
    def sizes(number, sample):
        sample["face.jpg"] = encode("face.jpg", np.zeros((8 + number % 3, 8, 3), np.uint8))

    path = write_shard("a", range(400), sizes)
    code = f"""
import resource
from faceshards.loaders import ShardDataset
if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    batches = list(ShardDataset({str(path)!r}, ["face.jpg"]).loader(100, 1))
    print(sum(len(batch["face.jpg"]) for batch in batches), {{type(row).__name__ for row in batches[0]["face.jpg"]}})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "400 {'Tensor'}\n", done.stderr
