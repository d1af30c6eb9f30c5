"""Our letterbox, crops and decoding make of the same answers what rtmlib's make."""

import pytest

from faceshards.bench.curate import net_rtmlib


@pytest.mark.peers
@pytest.mark.skipif(not net_rtmlib.PYTHON.exists(), reason="`make peers` installs rtmlib")
def test_the_points_are_rtmlib_s():
    """rtmlib counts from the middle of a pixel in crop and picture alike; a pixel of the crop is two of the picture."""
    assert net_rtmlib.raced(runs=1)["apart"] < 0.6
