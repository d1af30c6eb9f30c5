"""The classic loader: batches, handlers, errors in one line."""

import pytest
import torch
import webdataset as wds

from faceshards.errors import ColumnError, DamagedShard
from faceshards.loaders.views.speech_to_face import FaceWithPoints
from faceshards.loaders.webdataset import ClassicLoader
from faceshards.shards.reader import Shard


def flip(path, row, column="x.npy"):
    """Flips a byte in a member's body."""
    with Shard(path) as shard:
        offset = shard.extent(row, column).offset + 90
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


def unreadable(sample):
    raise ColumnError("a view's own error")


@pytest.mark.parametrize("workers", [0, 1])
def test_the_classic_loaders_handler(data, workers):
    flip(data / "a.tar", 5)
    with pytest.raises(DamagedShard, match=r"a-0005\.x\.npy differs") as caught:
        list(ClassicLoader(data, ["x.npy"], batch_size=1, num_workers=workers))
    assert "\n" not in str(caught.value)
    goes_on = {"batch_size": 1, "num_workers": workers, "handler": wds.ignore_and_continue}
    assert len(list(ClassicLoader(data, ["x.npy"], **goes_on))) == 99
    assert list(ClassicLoader(data, ["x.npy"], view=unreadable, **goes_on)) == []


@pytest.mark.parametrize("workers", [0, 2])
def test_a_column_that_no_sample_has_is_an_error(data, workers):
    loader = ClassicLoader(data, ["json", "x.npz"], batch_size=2, num_workers=workers)
    with pytest.raises(ColumnError, match=r"columns json, x\.npz: .* has json, .*x\.npy") as caught:
        list(loader)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("workers", [0, 2])
def test_the_classic_loader_gives_batches_and_reshuffles(data, workers):
    loader = ClassicLoader(data, ["x.npy"], batch_size=8, num_workers=workers)
    first, second = list(loader), list(loader)
    assert all(batch["x.npy"].shape == (8, 2, 3) and len(batch["__key__"]) == 8 for batch in first)
    keys = [[key for batch in batches for key in batch["__key__"]] for batches in (first, second)]
    assert len(set(keys[0])) == len(keys[0]) >= 88 and keys[0] != keys[1]


@pytest.mark.parametrize("workers", [0, 1])
def test_the_classic_loaders_errors_are_one_line(data, workers):
    loader = ClassicLoader(data, batch_size=4, num_workers=workers, view=FaceWithPoints())
    batch = next(iter(loader))
    assert batch["face"].shape == (4, 3, 224, 224) and batch["points"].dtype == torch.float32
    (data / "a.tar").write_bytes((data / "a.tar").read_bytes()[:-2048])
    with pytest.raises(DamagedShard) as caught:
        list(ClassicLoader(data / "a.tar", ["x.npy"], batch_size=4, num_workers=workers))
    assert "\n" not in str(caught.value)
