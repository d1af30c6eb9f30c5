import numpy as np
import pytest

from faceshards.dataset.persons import near
from faceshards.dataset.persons.near import near_pairs


def test_pairs_are_those_of_all_distances(monkeypatch):
    rows = np.random.default_rng(1).normal(size=(60, 3)).astype(np.float32)
    apart = np.linalg.norm(rows[:, None].astype(float) - rows, axis=2)
    truth = {(i, j) for i in range(60) for j in range(i + 1, 60) if apart[i, j] < 1}
    for block in (1, 7 * 60, 1 << 24):
        monkeypatch.setattr(near, "_BLOCK", block)
        found = near_pairs(rows, 1.0)
        assert set(zip(found.first.tolist(), found.second.tolist(), strict=True)) == truth
        np.testing.assert_allclose(found.apart, apart[found.first, found.second])


def test_of_many_the_nearest_are_kept():
    rows = np.arange(50, dtype=np.float32)[:, None] / 1000
    found = near_pairs(rows, 1.0, most=2)
    assert set((found.second - found.first).tolist()) <= {1, 2} and len(found.first) >= 49


@pytest.mark.parametrize("count", [0, 1])
def test_of_one_or_none_there_is_no_pair(count):
    assert len(near_pairs(np.zeros((count, 4), np.float32)).first) == 0
