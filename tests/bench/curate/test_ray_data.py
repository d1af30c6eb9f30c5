"""Ray Data is given the same work, and does it: its numbers are ours."""

import pytest

from faceshards.bench.curate.child import curated, used
from faceshards.bench.curate.clips import brief, write
from faceshards.bench.curate.cluster import ray_up
from faceshards.bench.curate.toys import Bright, Sharp, words
from faceshards.shards.reader import Shard

pytest.importorskip("ray.data")


@pytest.mark.slow
def test_ray_data_finds_the_same_numbers(tmp_path):
    import pyarrow.parquet as pq

    path = write(tmp_path / "a.tar", [("nobody", brief(64, 40, number)) for number in range(2)])
    with ray_up() as address:
        process = ["-m", "faceshards.bench.curate.ray_data_process", address, words(Bright, Sharp), "1"]
        used([*process, str(tmp_path / "out"), str(path)])
    curated([path], words(Bright, Sharp), "--inline")
    table = pq.read_table(tmp_path / "out").to_pylist()
    assert len(table) == 80
    with Shard(path) as shard:
        for stage in (Bright, Sharp):
            ours = [shard.get(row, stage.makes[0].name) for row in range(2)]
            for one in table:
                assert one[stage.name] == pytest.approx(ours[one["row"]][one["frame"]], rel=1e-4)
