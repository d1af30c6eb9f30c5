"""The fuzz targets find their parsers, and their seeds are sound: what `make fuzz` begins with."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "fuzz"))
from targets import TARGETS

sys.path.pop(0)


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_accepts_its_own_seeds(name):
    target = TARGETS[name]
    seeds = target.seeds()
    assert seeds
    for seed in seeds:
        target.check(target.mend(seed))
