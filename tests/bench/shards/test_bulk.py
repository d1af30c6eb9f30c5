"""Bulk: cp and the shard hold the same bytes, and the shard that is rewritten is the one that was packed."""

import pytest

from faceshards.bench.shards.bulk import measure
from faceshards.bench.shards.scale import ShardScale
from faceshards.shards.reader import Shard

SCALE = ShardScale(videos=4 * 50_000, video=50_000, runs=1)


def test_what_is_packed_is_what_is_copied_and_what_is_rewritten(tmp_path):
    figures = measure(SCALE, tmp_path)
    pack = next(figures)
    clips = {path.stem: path.read_bytes() for path in (tmp_path / "clips").iterdir()}
    assert sorted(map(len, clips.values())) == [50_000, 50_001, 50_002, 50_003]
    with Shard(next(tmp_path.glob("pack.one"))) as shard:
        assert {key: shard.read(row, "mp4") for row, key in enumerate(shard.keys)} == clips
    one, rewrite = next(figures), next(figures)
    assert [figure.unit for figure in (pack, one, rewrite)] == ["x cp", "x cp one", "x cp one"]
    assert pack.value == pytest.approx(pack.peers["cp s"] / pack.peers["faceshards s"])
    assert rewrite.value == pytest.approx(rewrite.peers["cp one s"] / rewrite.peers["faceshards s"])
    with Shard(tmp_path / "pack.tar") as shard:
        assert shard.columns == ["json", "mp4", "new.npy"]
        assert {key: shard.read(row, "mp4") for row, key in enumerate(shard.keys)} == clips
        assert all(shard.get(row, "new.npy").nbytes == 4096 for row in range(4))
    assert next(figures, None) is None
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
