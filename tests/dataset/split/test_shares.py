import pytest

from faceshards.dataset.split.shares import Shares
from faceshards.errors import UsageError


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ((0.9, 0.2, 0.05), "sum to 1, got --train 0.9, --validation 0.2, --test 0.05"),
        ((1.1, -0.1, 0.0), "shares must be 0 or more"),
        ((0.0, 0.5, 0.5), "--train must be above 0"),
        ((float("nan"), 0.5, 0.5), "sum to 1"),
    ],
)
def test_shares_that_are_none(shares, said):
    with pytest.raises(UsageError, match=said):
        Shares(*shares)


def test_shares():
    assert Shares().each == (0.9, 0.05, 0.05) and Shares(1, 0, 0).each == (1, 0, 0)
