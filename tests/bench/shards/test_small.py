"""Small samples: each contestant does the whole work, and the disk is as it was."""

import pytest

pytest.importorskip("webdataset", reason="the peer of the bench")

from faceshards.bench.shards.scale import ShardScale
from faceshards.bench.shards.small import measure


def test_both_races_are_of_all_samples_and_leave_no_tar(tmp_path):
    figures = measure(ShardScale(small=30, runs=2), tmp_path)
    write = next(figures)
    assert write.work == "write 30 small samples, index included" and write.call.startswith("webdataset")
    scan = next(figures)  # has itself asserted that the peer saw 90 members
    assert scan.work == "index a foreign tar of 90 members"
    for figure, peer in ((write, "webdataset"), (scan, "tarfile")):
        assert set(figure.peers) == {"faceshards s", f"{peer} s"}
        assert figure.value == pytest.approx(figure.peers[f"{peer} s"] / figure.peers["faceshards s"])
        assert figure.target == (">=", 10)
    assert next(figures, None) is None and list(tmp_path.glob("*.tar")) == []
