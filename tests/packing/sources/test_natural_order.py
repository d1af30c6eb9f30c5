from hypothesis import given
from hypothesis import strategies as st

from faceshards.packing.sources.natural_order import natural_key


def test_numbers_count_by_value():
    names = ["f10.png", "f2.png", "f1.png", "f02.png", "g1.png", "f.png", "f2b.png"]
    # `.` (0x2e) stands before any digit's place only where the other name ends its text there
    assert sorted(names, key=natural_key) == ["f1.png", "f02.png", "f2.png", "f2b.png", "f10.png", "f.png", "g1.png"]


@given(st.lists(st.integers(0, 10**30), min_size=1, max_size=20))
def test_plain_numbers_sort_like_integers(numbers):
    names = [f"clip {number} x" for number in numbers]
    assert sorted(names, key=natural_key) == [f"clip {number} x" for number in sorted(numbers)]


@given(st.lists(st.text(alphabet="0123456789ab.²٣", max_size=12), max_size=12))
def test_any_names_have_one_order(names):
    ordered = sorted(names, key=natural_key)
    assert ordered == sorted(reversed(names), key=natural_key)
    assert sorted(set(names), key=natural_key) == list(dict.fromkeys(ordered))


def test_more_digits_than_int_takes():
    long = "9" * 5000
    assert natural_key(f"a{long}") > natural_key("a8") and natural_key(f"a1{long}") > natural_key(f"a{long}")
