import pytest

from faceshards.errors import ColumnError
from faceshards.shards.legacy.rate import rate_of

# webdataset leaves its files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("25", (25, 1)), ("25.0", (25, 1)), ("29.97", (30000, 1001)), ("29.97002997002997", (30000, 1001)),
        ("23.976", (24000, 1001)), ("59.94", (60000, 1001)), ("30.0", (30, 1)), ("12.5", (25, 2)), (" 24\n", (24, 1)),
        ("14.985", (15000, 1001)), ("30.02", (1501, 50)),
    ],
)  # fmt: skip
def test_rates_in_decimals(text, rate):
    assert rate_of(text).as_integer_ratio() == rate


@pytest.mark.parametrize(
    "text", ["", "nan", "inf", "-25", "0", "1e9", "1e999999999", "25 fps", "1/0", "9" * 5000, "1001"]
)
def test_texts_that_are_no_rate(text):
    with pytest.raises(ColumnError, match=r"fps\.str"):
        rate_of(text)
