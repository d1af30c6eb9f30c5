import quopri
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceshards.shards.schema.keys import MAX_KEY, UniqueKeys, encode_key, is_key


def decoded(key: str) -> str:
    """The name, by a decoder that is not ours (RFC 2045)."""
    return quopri.decodestring(key.encode("ascii")).decode("utf-8", "surrogateescape")


@given(st.text(min_size=1, max_size=40).filter(lambda t: not any(0xD800 <= ord(c) < 0xE000 for c in t)))
def test_any_name_has_a_plain_key_that_decodes_to_it(name):
    key = encode_key(name)
    assert re.fullmatch(r"[A-Za-z0-9_+=~-]+", key)
    if "=~" not in key:
        assert decoded(key) == name


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Clip+Hfp1yp2IVVU+P0+C0+F12-143", "Clip+Hfp1yp2IVVU+P0+C0+F12-143"),
        ("a clip.v2", "a=20clip=2Ev2"),
        ("id1/clip", "id1=2Fclip"),
        ("-x", "=2Dx"),
        ("顔", "=E9=A1=94"),
        (b"bad\xff".decode("utf-8", "surrogateescape"), "bad=FF"),
    ],
)
def test_keys_are_the_quoted_printable_form(name, key):
    assert encode_key(name) == key
    assert decoded(key) == name


def test_a_long_name_is_cut_and_two_that_differ_at_the_end_stay_apart():
    one, other = "顔" * 100 + "a", "顔" * 100 + "b"
    assert len(encode_key(one)) <= MAX_KEY
    assert encode_key(one) != encode_key(other)


def test_collisions_get_a_suffix_that_is_free():
    keys = UniqueKeys()
    assert [keys.key(name) for name in ["a", "a-2", "a", "a"]] == ["a", "a-2", "a-3", "a-4"]


def test_a_name_that_comes_again_and_again_costs_no_more_each_time():
    class Counted(set):
        asked = 0

        def __contains__(self, key):
            Counted.asked += 1
            return set.__contains__(self, key)

    keys = UniqueKeys(["a-2", "a-5"])
    keys._taken = Counted(keys._taken)
    assert [keys.key("a") for _ in range(2000)] == ["a", *(f"a-{n}" for n in range(3, 2003) if n != 5)]
    assert Counted.asked < 3 * 2000


def test_keys_that_are_given_already_are_taken_and_stay_as_they_were():
    given = UniqueKeys()
    given.key("a")
    more = UniqueKeys(given)
    assert (more.key("a"), more.key("b")) == ("a-2", "b") and {"a", "a-2", "b"} == set(more)
    assert "a" in given and "b" not in given and set(given) == {"a"}


def test_an_empty_name_is_refused():
    with pytest.raises(ValueError, match="empty"):
        encode_key("")


def test_what_is_a_key_already_is_not_escaped_again():
    keys = UniqueKeys()
    assert [keys.unique(one) for one in ("a=20b", "a=20b", "c", "a=20b")] == ["a=20b", "a=20b-2", "c", "a=20b-3"]
    assert is_key("a=20b-2") and is_key(encode_key("x" * 400)) and not is_key("a/b") and not is_key("")
