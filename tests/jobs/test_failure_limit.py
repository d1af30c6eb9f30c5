import pytest

from faceshards.errors import UsageError
from faceshards.jobs.failure_limit import ENOUGH, FailureLimit


@pytest.mark.parametrize("text", ["-1", "1.5", "200%", "many", "", "2.", "nan", "inf"])
def test_what_is_no_count_and_no_share_is_refused(text):
    with pytest.raises(UsageError, match="--max-failures takes a count"):
        FailureLimit.of(text)


def test_a_count_is_passed_by_one_more():
    assert not FailureLimit.of("20").passed(20, 21)
    assert FailureLimit.of("20").passed(21, 21) and FailureLimit.of("0").passed(1, 1)


@pytest.mark.parametrize("text", ["5%", "0.05"])
def test_a_share_is_looked_at_once_there_are_enough(text):
    limit = FailureLimit.of(text)
    assert not limit.passed(50, ENOUGH - 1) and not limit.passed(5, ENOUGH)
    assert limit.passed(6, ENOUGH)
    assert "6 of 100 clips failed, --max-failures allows 0.05 of them" in limit.said(6, 100)
