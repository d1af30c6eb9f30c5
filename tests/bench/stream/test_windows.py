"""Windows of clips: what is counted, and what is timed."""

from itertools import islice

import pytest

from faceshards.bench.stream.clips import GOP_25, shards
from faceshards.bench.stream.windows import BATCH, FRAMES, _cost, forever
from faceshards.loaders import ShardDataset, Window


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Four clips of 4 s, 64 pixels a side: 100 frames, keyframes at 0, 25, 50, 75."""
    return shards(tmp_path_factory.mktemp("windows") / "set", 64, 4, GOP_25, 1, 4)


def test_a_window_decodes_from_its_keyframe_on_and_reads_its_groups(folder):
    decoded, read = _cost(folder, 64, 4)
    # A window of 75 begins at 0 to 25: at most 24 frames are decoded for nothing, 12 in the mean.
    assert 1 <= decoded.value <= 99 / 75 and decoded.value == pytest.approx(87 / 75, abs=0.06)
    assert decoded.work.startswith("75-frame window of a 4 s clip of 64 px")
    assert read.value == pytest.approx(read.peers["read KB"] / read.peers["span KB"])
    assert 0 < read.peers["of it json KB"] < read.peers["read KB"] and read.value >= 1


def test_one_epoch_follows_the_other(folder):
    loader = ShardDataset(folder, ["mp4"], window=Window(FRAMES, size=(32, 32))).loader(BATCH)
    batches = list(islice(forever(loader), 5))
    epochs = [[key for batch in batches[start : start + 2] for key in batch["__key__"]] for start in (0, 2)]
    assert len(loader) == 2 and sorted(epochs[0]) == sorted(epochs[1]) == [f"clip{number:05d}" for number in range(4)]
    assert batches[0]["mp4"].shape == (BATCH, FRAMES, 32, 32, 3)
