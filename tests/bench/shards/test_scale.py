"""How large the measured things are: a part of the size asks for a part of the disk."""

import pytest

from faceshards.bench.shards.scale import ShardScale


@pytest.mark.parametrize("part", [1e-9, 0.002, 0.02, 0.5, 1.0])
def test_a_smaller_bench_is_never_larger_and_never_nothing(part):
    full, small = ShardScale(), ShardScale().smaller(part)
    for name in ("small", "videos", "clips", "shards", "rows", "packed", "frame_clips", "frames"):
        assert 1 <= getattr(small, name) <= getattr(full, name)
    assert (small.video, small.clip, small.runs) == (full.video, full.clip, 3)
    assert small.videos // small.video >= 4  # files enough for a race
    assert small.bytes_needed <= full.bytes_needed


def test_a_tenth_needs_a_tenth_of_the_disk():
    assert ShardScale().smaller(0.1).bytes_needed == pytest.approx(ShardScale().bytes_needed / 10, rel=0.01)
