import pytest

from faceshards.dataset.split.strata import strata_of
from faceshards.errors import UsageError


def test_numbers_lie_in_quarters_and_what_is_unknown_by_itself():
    assert strata_of([8, 1, 2, None, 3, 4.5, 5, 6, 7], "x").tolist() == [4, 1, 1, 0, 2, 2, 3, 3, 4]
    assert strata_of([1, 1, 1], "x").tolist() == [0, 0, 0]


def test_text_and_truth_stand_as_they_are():
    assert strata_of(["b", "a", None, "b"], "x").tolist() == [2, 1, 0, 2]
    assert strata_of([True, False, True], "x").tolist() == [1, 0, 1]
    assert strata_of([1, "a"], "x").tolist() == [0, 1]
    assert strata_of([None, None], "x").tolist() == [0, 0]


def test_text_of_too_many_values_is_no_stratum():
    with pytest.raises(UsageError, match="--stratify name: 101 values, at most 100"):
        strata_of([f"{n:03}" for n in range(101)], "name")
