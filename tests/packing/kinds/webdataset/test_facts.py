"""Whose facts stand in a json where both have some."""

import pytest

from faceshards.errors import ClipError
from faceshards.packing.kinds.webdataset.facts import merged, own_facts


def test_what_packing_finds_goes_first_and_conflicts_are_named():
    own = {"fps": 12.5, "frames": 6, "caption": "x", "made": {}, "webdataset": 1, "source": "web", "licence": "MIT"}
    facts, conflicts = merged(own, {"fps": [25, 1], "frames": 6, "source": "a.tar", "name": "one"}, {"licence": "CC0"})
    assert facts == {
        "fps": [25, 1], "frames": 6, "caption": "x", "source": "web", "licence": "CC0", "name": "one",
    }  # fmt: skip
    assert conflicts == ["fps", "licence", "made", "webdataset"]


@pytest.mark.parametrize("body", [b"[1]", b"{", b"\xff", b"null", b"[" * 100_000])
def test_what_is_no_object_is_told(body):
    with pytest.raises(ClipError) as told:
        own_facts(body)
    assert told.value.code == "bad-column"


def test_a_sample_s_own_word_removed_makes_no_tombstone():
    assert merged({"removed": "yes", "k": 1}, {}, {}) == ({"k": 1}, ["removed"])
