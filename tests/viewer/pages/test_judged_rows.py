"""What is judged, as the person sees it: at once in filters, the later word, others' words beside it."""

import pytest

from faceshards.dataset.judgements.journal import NAME, JudgementJournal
from faceshards.dataset.judgements.saving import save_judgements
from faceshards.errors import UsageError
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.grid_cards import grid_cards
from faceshards.viewer.pages.judged_rows import JudgedRows
from faceshards.viewer.pages.order import Orders, RowOrder
from faceshards.viewer.pages.scalar_list import scalar_list


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


@pytest.fixture
def folder(tmp_path, samples):
    (tmp_path / "set").mkdir()
    samples.write(tmp_path / "set" / "a.tar", [samples.whole(f"a{number}", score=number) for number in range(3)])
    samples.write(tmp_path / "set" / "b.tar", [samples.whole(f"b{number}", score=number) for number in range(2)])
    return tmp_path / "set"


@pytest.fixture
def collection(folder):
    return Collection([folder])


def test_filters_and_orders_see_a_judgement_before_it_is_saved(collection, folder):
    judged, orders = JudgedRows(collection, "ada"), Orders(collection)
    assert orders.rows(RowOrder("judgement IS NULL")).tolist() == [0, 1, 2, 3, 4]
    said = judged.judge(4, "keep", "good light")
    assert (said["verdict"], said["note"], said["before"]) == ("keep", "good light", {"verdict": "none", "note": ""})
    judged.judge(1, "drop", None)
    assert orders.rows(RowOrder("judgement IS NULL")).tolist() == [0, 1, 2, 3, 4], "no row moves while it is judged"
    assert orders.renew() and orders.rows(RowOrder("judgement IS NULL")).tolist() == [0, 2, 3]
    assert not orders.renew()
    assert orders.rows(RowOrder("judgement = 'keep' AND score > 0")).tolist() == [4]
    assert orders.rows(RowOrder(sort="judgement")).tolist()[:2] == [1, 4]
    assert "judgement" in {one["name"] for one in scalar_list(collection)}
    cards = grid_cards(collection, collection.rows)
    assert [(one["verdict"], one["note"]) for one in cards][4] == ("keep", "good light")
    assert JudgementJournal(folder).each["b.tar", "b1"]["ada"].generation == collection.locate(4)[0].generation


def test_a_note_leaves_the_verdict_and_none_takes_it_back(collection):
    judged = JudgedRows(collection, "ada")
    judged.judge(0, "keep", None)
    assert judged.judge(0, None, "hm")["verdict"] == "keep"
    assert judged.judge(0, "none", None)["note"] == "hm" and judged.counts()["notes"] == 1
    judged.judge(0, None, "")
    assert judged.counts() | {"places": 0} == {
        "by": "ada", "rows": 5, "keep": 0, "drop": 0, "notes": 0, "unsaved": 0, "torn": 0, "places": 0,
    }  # fmt: skip


def test_the_others_words_stand_beside_ones_own(collection, folder):
    ada, ben = JudgedRows(collection, "ada"), JudgedRows(Collection([folder]), "ben")
    ada.judge(0, "keep", None)
    ben.refresh()
    assert ben.of(0)["verdict"] == "none" and ben.of(0)["others"] == [{"by": "ada", "verdict": "keep", "note": ""}]
    assert ben.judge(0, "drop", None)["before"]["verdict"] == "none"
    ada.refresh()
    assert ada.of(0)["verdict"] == "keep" and ada.counts()["unsaved"] == 1


def test_what_is_saved_is_seen_until_a_later_word(collection, folder):
    judged = JudgedRows(collection, "ada")
    judged.judge(0, "keep", None)
    judged.judge(3, "drop", None)
    done = save_judgements([folder])
    judged.reload(done.written)
    assert judged.counts()["unsaved"] == 0 and judged.of(3)["verdict"] == "drop"
    (folder / NAME).unlink()
    again = JudgedRows(Collection([folder]), "ben")
    assert again.of(0) | {"at": ""} == {"row": 0, "verdict": "keep", "note": "", "by": "ada", "at": "", "others": []}
    again.judge(0, "none", None)
    assert again.of(0)["verdict"] == "none" and again.counts() | {"places": 0} == {
        "by": "ben", "rows": 5, "keep": 0, "drop": 1, "notes": 0, "unsaved": 1, "torn": 0, "places": 0,
    }  # fmt: skip


def test_words_on_clips_that_are_not_looked_at_do_not_count(folder):
    JudgedRows(Collection([folder]), "ada").judge(0, "keep", None)
    some = JudgedRows(Collection([folder], "score > 0"), "ada")
    assert some.counts()["keep"] == 0 and some.counts()["unsaved"] == 0
    with pytest.raises(UsageError, match="row 0"):
        some.judge(0, "keep", None)
    with pytest.raises(UsageError, match="row 0"):
        some.of(0)


def test_aside_nothing_is_written_beside_the_shards(collection, folder, home, tmp_path):
    judged = JudgedRows(collection, "ada", aside=True)
    judged.judge(0, "keep", None)
    assert not (folder / NAME).exists() and str(tmp_path / "home") in judged.counts()["places"][0]
    assert JudgedRows(Collection([folder]), "ada").of(0)["verdict"] == "keep"


@pytest.mark.parametrize("wrong", [("maybe", None), (7, None), (None, 7), (None, "x" * 2001)])
def test_what_is_no_judgement_is_refused_and_leaves_nothing(collection, folder, wrong):
    with pytest.raises(UsageError):
        JudgedRows(collection, "ada").judge(0, *wrong)
    assert not (folder / NAME).exists()
