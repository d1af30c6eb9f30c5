"""What a clip costs in a store is what the store has sent."""

from dataclasses import replace
from pathlib import Path

import pytest

from faceshards.bench.stream import peer_process
from faceshards.bench.stream.megactor import windows
from faceshards.bench.stream.megactor_store import _bytes, urls
from faceshards.bench.stream.own_shards import OwnShards, tars
from faceshards.bench.stream.scale import QUICK
from faceshards.bench.stream.store import running, upload

pytest.importorskip("webdataset", reason="it is the peer")
# webdataset leaves its pipes to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


class Here:
    """The peers' functions, called in this process."""

    def call(self, name, **words):
        return getattr(peer_process, name)(**words)


@pytest.mark.slow
def test_bytes_a_clip_are_counted_by_the_store(tmp_path):
    scale = replace(QUICK, clips=4, seconds=9)
    shards = OwnShards(tmp_path / "made", 64, scale, Here())
    with running(tmp_path / "store") as store:
        folders = {"own": shards.own, "same": shards.same(64)}
        for name, folder in folders.items():
            upload(store, folder, name)
        for copy, side in ((512, 64), (256, 32)):
            upload(store, shards.ours(side), f"ours-{copy}")
        large, small = _bytes(scale, store, Here())
        own, same = (sum(Path(path).stat().st_size for path in tars(folder)) / 4e3 for folder in folders.values())
        assert large.peers["webdataset KB"] == small.peers["webdataset KB"] == pytest.approx(own)
        assert large.value == pytest.approx(own / large.peers["faceshards KB"])
        assert 0 < small.peers["faceshards KB"] < large.peers["faceshards KB"]
        # 75 of 270 frames and those before them since a keyframe: a third of the copy's bytes, its tables, its json
        assert large.peers["the same bytes, x"] == pytest.approx(same / large.peers["faceshards KB"])
        assert 1 < large.peers["the same bytes, x"] < 270 / 75
        assert all(url.startswith(store.endpoint) for url in urls(store, "own"))
        assert len(windows("s3://bucket/ours-512")) == 4
