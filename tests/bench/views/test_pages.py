"""What of a file is in the page cache."""

import numpy as np

from faceshards.bench.views.pages import drop, resident, warm


def test_pages_are_seen_to_come_and_to_go(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(np.random.default_rng(0).bytes(100_000))
    warm([path])
    assert resident([path]) == 100_000
    drop([path])
    assert resident([path]) == 0
