import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from faceshards.dataset.stats.moments import Moments


@settings(max_examples=25)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 10_000))
def test_parts_come_to_what_numpy_says_of_the_whole(sizes, seed):
    rows = np.random.default_rng(seed).normal(1e7, 2.0, (sum(sizes), 3))
    parts = np.split(rows, np.cumsum(sizes)[:-1])
    found = Moments.of(parts[0])
    for part in parts[1:]:
        found.merge(Moments.of(part))
    assert found.count == len(rows)
    np.testing.assert_allclose(found.mean, rows.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(found.sd, rows.std(axis=0), rtol=1e-8, atol=1e-7)


def test_no_digits_are_lost_far_from_zero():
    """The textbook's sum of squares has none left here: 1e9 squared takes all 53 bits."""
    rows = np.array([[1e9 + 4], [1e9 + 7], [1e9 + 13], [1e9 + 16]])
    found = Moments.of(rows[:2])
    found.merge(Moments.of(rows[2:]))
    assert found.mean[0] == 1e9 + 10 and found.sd[0] == np.sqrt(22.5)
