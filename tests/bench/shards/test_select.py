"""One column of many: both read the same, and the bytes are counted against the file's own pages."""

import pytest

pytest.importorskip("webdataset", reason="the peer of the bench")

from faceshards.bench.shards.scale import ShardScale
from faceshards.bench.shards.select import PAGE, measure

# webdataset leaves its files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def test_pages_are_those_that_hold_a_json_and_nothing_is_left(tmp_path):
    speed, read, index = measure(ShardScale(clips=8, clip=50_000, runs=1), tmp_path)
    # A json is some tens of bytes, 50 KB from the next: a page each, or two where it lies across their border.
    assert 8 * PAGE <= read.peers["pages"] <= 16 * PAGE and read.peers["pages"] % PAGE == 0
    assert read.value == read.peers["read"] / read.peers["pages"] and 0 < read.peers["read"] < 8 * 50_000
    assert speed.value == pytest.approx(speed.peers["webdataset s"] / speed.peers["faceshards s"])
    assert index.value > 0 and list(tmp_path.iterdir()) == []
