"""Rows at one batch shape."""

import numpy as np
import pytest

from faceshards.models.sessions.batches import in_batches


@pytest.mark.parametrize("count", [1, 3, 4, 9])
def test_every_row_gets_its_result_and_all_batches_are_full(count):
    seen = []

    def run(one, other):
        seen.append(len(one))
        return one + other, one[:, 0]

    rows = np.arange(2.0 * count).reshape(count, 2)
    total, first = in_batches(run, 4, rows, rows)
    assert np.array_equal(total, 2 * rows) and np.array_equal(first, rows[:, 0])
    assert seen == [4] * -(-count // 4)
