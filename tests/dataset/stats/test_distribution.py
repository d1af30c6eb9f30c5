import numpy as np
import pyarrow as pa
import pytest

from faceshards.dataset.stats.distribution import TOP, distribution, is_scalar, unit_of


def test_numbers():
    found = distribution(pa.chunked_array([[3.0, None], [1.0, 2.0, 10.0]]))
    values = np.array([3.0, 1, 2, 10])
    assert (found["count"], found["missing"]) == (4, 1)
    quartiles = [found[name] for name in ("least", "quarter", "median", "three_quarters", "greatest")]
    assert quartiles == np.quantile(values, [0, 0.25, 0.5, 0.75, 1]).tolist()
    assert found["mean"] == 4 and found["sd"] == pytest.approx(values.std())


def test_words_by_their_counts_then_by_name():
    words = ["b", "a", "b", None, *(f"w{n}" for n in range(20))]
    found = distribution(pa.chunked_array([words]))
    assert found["distinct"] == 22 and found["missing"] == 1
    assert found["top"][:3] == [["b", 2], ["a", 1], ["w0", 1]] and len(found["top"]) == TOP
    assert distribution(pa.chunked_array([[True, False, True]]))["top"] == [["true", 2], ["false", 1]]


def test_nothing_at_all():
    assert distribution(pa.chunked_array([pa.nulls(3, pa.float64())])) == {"count": 0, "missing": 3}
    assert distribution(pa.chunked_array([pa.nulls(2, pa.string())]))["top"] == []


def test_which_columns_are_scalars():
    assert is_scalar(pa.field("frames", pa.int64())) and unit_of("duration") == "s" and unit_of("mine") == ""
    assert not any(is_scalar(pa.field(name, pa.string())) for name in ("key", "failed"))
    assert not is_scalar(pa.field("mp4", pa.struct([("size", pa.int64())])))
