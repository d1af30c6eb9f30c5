"""A judgement says who said what of which clip when; what is none is refused, and hostile texts become plain ones."""

import pytest

from faceshards.dataset.judgements.judgement import MOST_NOTE, Judgement, checked_note, judge_name
from faceshards.errors import UsageError

WHOLE = {"shard": "a.tar", "key": "k", "verdict": "keep", "note": "", "by": "ada", "at": "2026-01-31T12:00:00Z"}


def test_a_record_comes_back_with_its_time_in_one_form():
    one = Judgement.of({**WHOLE, "at": "2026-01-31T14:30:00+02:00", "more": 1})
    assert one.at == "2026-01-31T12:30:00.000000Z" and Judgement.of(one.record()) == one
    assert Judgement.of({**WHOLE, "at": "2026-01-31T12:30"}).at == one.at, "without a zone it is UTC"
    now = Judgement.now("a.tar", "k", "drop", "", "ada", "77")
    assert now.at > one.at and len(now.at) == len(one.at) and now.generation == "77"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"verdict": "maybe"}, "one of keep, drop, none"),
        ({"verdict": ["keep"]}, "verdict"),
        ({"note": 7}, "note is a text"),
        ({"note": "x" * 64_001}, "64001 characters"),
        ({"by": " \x00"}, "say a name"),
        ({"by": ""}, "says its by"),
        ({"key": ""}, "says its key"),
        ({"at": "yesterday"}, "yesterday"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "judged at"),
        ({"generation": {}}, "generation is a text"),
    ],
)
def test_what_is_none_is_refused(wrong, said):
    with pytest.raises(UsageError, match=said):
        Judgement.of(WHOLE | wrong)


def test_no_object_is_no_judgement():
    for wrong in (None, [], "keep", 7):
        with pytest.raises(UsageError, match="JSON object"):
            Judgement.of(wrong)


def test_a_note_is_plain_text():
    assert checked_note(" a\r\nb\tc\x00\x1b[31m\x7f\ud800 ") == "a\nb\tc[31m"
    assert checked_note("<script>") == "<script>", "what it means is not this module's to say"
    with pytest.raises(UsageError, match=f"the most is {MOST_NOTE}"):
        checked_note("x" * (MOST_NOTE + 1))


def test_who_judges_is_the_login_name_where_nobody_is_named(monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "grace")
    assert judge_name(None) == "grace" and judge_name("  Ada \n L. ") == "Ada L."
    with pytest.raises(UsageError, match="--by"):
        judge_name("")


def test_what_only_takes_back_says_nothing():
    assert Judgement.of(WHOLE | {"verdict": "none"}).says_nothing
    assert not Judgement.of(WHOLE | {"verdict": "none", "note": "hm"}).says_nothing
