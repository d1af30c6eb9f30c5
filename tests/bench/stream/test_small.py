"""Small samples: what is written, and what is timed."""

import time

import numpy as np

from faceshards.bench.stream.small import timed, write
from faceshards.shards.reader import Shard


def test_a_sample_is_the_same_wherever_it_is_written(tmp_path):
    write(tmp_path / "a.tar", range(0, 8, 2))
    assert write(tmp_path / "b.tar", range(4, 5)) == str(tmp_path / "b.tar")
    with Shard(tmp_path / "a.tar") as one, Shard(tmp_path / "b.tar") as other:
        assert [one.json(row)["number"] for row in range(len(one))] == [0, 2, 4, 6]
        for name, size in (("a.npy", 512), ("b.npy", 128)):
            assert one.get(2, name).shape == (size,) and one.get(2, name).dtype == np.float32
            np.testing.assert_array_equal(one.get(2, name), other.get(0, name))
            assert not np.array_equal(one.get(0, name), one.get(1, name))


def test_neither_the_first_batch_nor_the_rest_of_the_epoch_is_timed():
    taken = []

    def batches():
        for number in range(6):
            time.sleep(0.2 if number in (0, 5) else 0.01)
            taken.append(number)
            yield number

    assert 0.03 <= timed(batches(), 3) < 0.2
    assert taken == list(range(6))
