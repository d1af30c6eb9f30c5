"""Several people's words as one; agreement against published and hand-made figures."""

from itertools import product

import pytest

from faceshards.dataset.judgements.judgement import Judgement
from faceshards.dataset.judgements.merging import RULES, cohen_kappa, merged


def said(key, verdict, by, at=0, note=""):
    return Judgement("a.tar", key, verdict, note, by, f"2026-01-31T12:00:{at:02}.000000Z")


def test_kappa_of_a_table_that_is_worked_out_by_hand():
    """20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: p_o 0.7, p_e 0.5 x 0.6 + 0.5 x 0.4 = 0.5, kappa 0.4."""
    pairs = [("keep", "keep")] * 20 + [("keep", "drop")] * 5 + [("drop", "keep")] * 10 + [("drop", "drop")] * 15
    assert cohen_kappa(pairs) == pytest.approx(0.4, abs=1e-12)


def test_kappa_at_its_ends():
    assert cohen_kappa([("keep", "keep"), ("drop", "drop")]) == 1
    assert cohen_kappa([("keep", "drop"), ("drop", "keep")]) == -1
    assert cohen_kappa(list(product(("keep", "drop"), repeat=2))) == 0
    assert cohen_kappa([]) is None and cohen_kappa([("keep", "keep")] * 3) is None, "by chance they agree as well"


def test_what_both_say_stands_with_both_names():
    found = merged({"a.csv": [said("k", "keep", "ada")], "b.csv": [said("k", "keep", "ben", 1, "good light")]})
    (one,) = found.judgements
    assert (one.verdict, one.by, one.note, one.at[-10:]) == ("keep", "ada, ben", "good light", "01.000000Z")
    assert not found.conflicts and not found.against


@pytest.mark.parametrize(("rule", "stands"), zip(RULES, ("drop", "drop", "keep", "none"), strict=True))
def test_a_conflict_is_listed_and_decided_by_the_rule(rule, stands):
    files = {"a.csv": [said("k", "keep", "ada", note="fine")], "b.csv": [said("k", "drop", "ben", 1, "blurred")]}
    found = merged(files, rule)
    (one,), (words,) = found.judgements, found.conflicts
    assert one.verdict == stands and one.note == "ada: fine\nben: blurred" and len(words) == 2
    against = {"drop": "ada: keep", "keep": "ben: drop", "none": "ada: keep, ben: drop"}[stands]
    assert found.against == {("a.tar", "k"): against}
    assert found.agreements[0].both == 1 and found.agreements[0].same == 0


def test_the_latest_word_does_not_hang_on_the_order_of_the_files():
    files = {"a.csv": [said("k", "keep", "ada", 5)], "b.csv": [said("k", "drop", "ben", 1)]}
    both = [merged(dict(order)).judgements for order in (files.items(), reversed(files.items()))]
    assert both[0] == both[1] and both[0][0].verdict == "keep"


def test_one_name_in_two_files_is_two_persons():
    found = merged({"a.csv": [said("k", "keep", "root")], "b.csv": [said("k", "drop", "root", 1)]})
    assert found.agreements[0].one == "root (a.csv)" and found.agreements[0].other == "root (b.csv)"
    assert len(found.conflicts) == 1


def test_a_file_of_a_shared_journal_holds_several_persons():
    words = [said("k", "keep", "ada"), said("k", "keep", "ben"), said("m", "drop", "ada"), said("m", "keep", "ben")]
    found = merged({"both.csv": words})
    assert [(one.one, one.other, one.both, one.same) for one in found.agreements] == [("ada", "ben", 2, 1)]


def test_a_note_alone_has_no_say():
    found = merged({"a.csv": [said("k", "none", "ada", 9, "who is it?")], "b.csv": [said("k", "keep", "ben")]})
    (one,) = found.judgements
    assert (one.verdict, one.by, one.note) == ("keep", "ben", "who is it?") and not found.agreements
