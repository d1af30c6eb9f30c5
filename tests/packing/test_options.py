from fractions import Fraction

import pytest

from faceshards.errors import UsageError
from faceshards.packing.options import PackOptions, parse_rate
from faceshards.terminal import parse_bytes


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("30", Fraction(30)),
        ("12.5", Fraction(25, 2)),
        ("30000/1001", Fraction(30000, 1001)),
        ("29.97", Fraction(30000, 1001)),
    ],
)
def test_rates(text, rate):
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "fast", "1/0", "nan"])
def test_no_rates(text):
    with pytest.raises(UsageError, match="frame rate"):
        parse_rate(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [("100", 100), ("64k", 65536), ("2G", 2**31), ("1.5G", None), ("3MiB", 3 << 20), ("5 GB", 5 << 30), ("-1", None)],
)
def test_sizes(text, size):
    if size is None:
        with pytest.raises(UsageError, match="size"):
            parse_bytes(text)
    else:
        assert parse_bytes(text) == size


@pytest.mark.parametrize(
    "option",
    [
        {"fps": Fraction(0)},
        {"crf": 52},
        {"gop": 0},
        {"min_frames": 0},
        {"max_bytes": 100},
        {"limit": 0},
        {"identity": "("},
        {"identity": "a\udcff"},
    ],
)
def test_values_out_of_range_name_their_option(option):
    with pytest.raises(UsageError, match="--" + next(iter(option)).replace("_", "-")):
        PackOptions(**option)


def test_a_label_is_text():
    with pytest.raises(UsageError, match="--licence must be text in UTF-8"):
        PackOptions(labels={"collection": "Größe", "licence": "CC\udcff"})


def test_what_decides_the_bytes_decides_the_fingerprint():
    plain = PackOptions()
    assert plain.made(True).fingerprint == PackOptions(gop=30).made(True).fingerprint
    others = [PackOptions(crf=19), PackOptions(gop=10), PackOptions(fps=Fraction(25))]
    assert len({one.made(True).fingerprint for one in [plain, *others]}) == 4
    assert len({one.made(False).fingerprint for one in [plain, *others]}) == 1
