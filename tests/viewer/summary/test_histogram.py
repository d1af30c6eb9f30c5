import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceshards.terminal import size
from faceshards.viewer.summary.histogram import Spread, number, short


def spread(values, **options):
    return Spread.of("x", "s", np.array(values, float), **options)


def test_whole_numbers_have_a_bin_each():
    found = spread([1, 1, 4, 2])
    assert found.each and found.counts == (2, 1, 0, 1)
    assert (found.least, found.median, found.greatest, found.samples) == (1, 1.5, 4, 4)


def test_other_numbers_have_equal_bins_as_numpy_makes_them():
    values = np.random.default_rng(5).normal(size=1000)
    counts, _ = np.histogram(values, 16)
    assert spread(values).counts == tuple(counts)


def test_missing_values_do_not_count():
    found = spread([float("nan"), 2.5, float("inf")])
    assert (found.samples, found.counts, found.least) == (1, (1,), 2.5)
    assert spread([float("nan")]) is None


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1))
def test_every_finite_value_is_in_one_bin(values):
    found = spread(values)
    finite = [one for one in values if abs(one) < 1e300]
    if found is None:
        assert not finite
    else:
        assert sum(found.counts) == found.samples == len(finite)
        assert len(found.sparkline) == len(found.counts)


def test_a_sparkline_shows_the_least_bin_that_is_not_empty():
    assert spread([0] * 1000 + [2]).sparkline == "█▁▂"


@pytest.mark.parametrize(
    "value, text",
    [(3.0, "3"), (-18.2345, "-18.23"), (0.00001, "1e-05"), (48000.0, "48000"), (1e9, "1e+09"), (0.0, "0")],
)
def test_numbers_are_short(value, text):
    assert short(value) == text


@pytest.mark.parametrize(
    "count, text",
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (20_700_000, "20.7 MB"), (999_600, "1 MB"), (10**16, "1e+04 TB")],
)
def test_sizes_are_short(count, text):
    assert size(count) == text


@pytest.mark.parametrize("value", [None, "3", True, 10**400, float("nan"), float("inf"), [1]])
def test_what_is_no_number_is_none(value):
    assert number(value) is None
