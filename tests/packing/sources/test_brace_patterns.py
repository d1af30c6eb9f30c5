"""Brace patterns stand for what `braceexpand`, which webdataset asks, makes of them."""

import pytest

from faceshards.errors import UsageError
from faceshards.packing.sources.brace_patterns import expanded


@pytest.mark.parametrize(
    "pattern",
    [
        "a.tar",
        "x-{000008..000011}.tar",
        "x-{8..11}.tar",
        "{b,a}/x-{0..1}.tar",
        "x-{2..0}.tar",
        "{,deep/}x.tar",
        "x-{}.tar",
    ],
)
def test_names_are_those_that_webdataset_reads(pattern):
    braceexpand = pytest.importorskip("braceexpand")
    assert expanded(pattern) == list(braceexpand.braceexpand(pattern))


def test_there_is_an_end_to_what_one_pattern_makes():
    with pytest.raises(UsageError, match="more than 100000 names"):
        expanded("{0..999999999999}.tar")
