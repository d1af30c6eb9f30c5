"""Judgements in the shards: usable in `where`, written once, the last word, and what cannot be written is named."""

import pytest

from faceshards.dataset.judgements.journal import JudgementJournal
from faceshards.dataset.judgements.judgement import Judgement
from faceshards.dataset.judgements.saving import MADE, NAMES, save_judgements
from faceshards.dataset.judgements.spoken import spoken
from faceshards.shards.filters.where import matching
from faceshards.shards.reader import Shard
from faceshards.shards.storage.lease import lease
from faceshards.shards.storage.url import place

AT = "2026-01-31T12:00:{:02}.000000Z"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


@pytest.fixture
def folder(clips, tmp_path):
    clips.write(tmp_path / "set" / "a.tar", {"one": {}, "two": {}, "three": {}})
    clips.write(tmp_path / "set" / "b" / "b.tar", {"one": {}})
    return tmp_path / "set"


def judge(folder, shard, key, verdict, at=0, note="", by="ada"):
    JudgementJournal(folder).add(Judgement(shard, key, verdict, note, by, AT.format(at)))


def test_the_last_word_becomes_scalars_that_filters_know(folder, clips):
    judge(folder, "a.tar", "one", "keep", 0)
    judge(folder, "a.tar", "one", "drop", 1, "=HYPERLINK(1)", "ben")
    judge(folder, "a.tar", "two", "none", 0, "who?")
    judge(folder / "b", "b.tar", "one", "keep")
    judge(folder, "a.tar", "gone", "keep")
    done = save_judgements([folder])
    assert (done.clips, len(done.written), done.refused, done.unknown) == (3, 2, {}, 1)
    told = clips.said(folder / "a.tar", *NAMES)
    assert told["one"] == ("drop", "=HYPERLINK(1)", "ben", AT.format(1))
    assert told["two"] == (None, "who?", "ada", AT.format(0)) and told["three"] == (None, None, None, None)
    with Shard(folder / "a.tar") as shard:
        assert matching(shard.index, "judgement = 'drop'").tolist() == [0]
        assert matching(shard.index, "judgement IS NULL").tolist() == [1, 2]
        assert shard.json(0)["made"]["judgement"] == MADE.fingerprint and shard.provenance[MADE.fingerprint] == MADE
    assert save_judgements([folder]).written == [], "nothing changed"


def test_what_is_saved_yields_to_a_later_word_only(folder, clips):
    judge(folder, "a.tar", "one", "keep", 1)
    judge(folder, "a.tar", "two", "keep", 1)
    save_judgements([folder])
    merged = [
        Judgement("a.tar", "one", "drop", "", "ada, ben", AT.format(5)),
        Judgement("set/a.tar", "two", "none", "", "ada, ben", AT.format(0)),
    ]
    assert len(save_judgements([folder], merged).written) == 1
    assert clips.said(folder / "a.tar", "judgement") == {"one": "drop", "two": None, "three": None}
    assert save_judgements([folder / "a.tar"]).clips == 2, (
        "the journal's word on two stands: what is saved says nothing"
    )
    assert clips.said(folder / "a.tar", "judgement")["one"] == "drop", "older than what is saved"
    judge(folder, "a.tar", "one", "none", 7)
    save_judgements([folder])
    with Shard(folder / "a.tar") as shard:
        assert "judgement" not in shard.json(0) and "judgement" not in shard.json(0)["made"]


def test_a_shard_that_another_writes_is_named_and_the_others_are_written(folder, clips):
    judge(folder, "a.tar", "one", "keep")
    judge(folder / "b", "b.tar", "one", "keep")
    with lease(folder / "a.tar"):
        done = save_judgements([folder])
    assert list(done.refused) == [str(folder / "a.tar")] and "another process is writing it" in str(done.refused)
    assert clips.said(folder, "judgement")["three"] is None and done.written == [folder / "b" / "b.tar"]


def test_all_that_was_said_by_each_person(folder):
    judge(folder, "a.tar", "one", "keep")
    judge(folder, "a.tar", "one", "drop", 3, by="ben")
    judge(folder / "b", "b.tar", "one", "keep")
    save_judgements([folder])
    judge(folder, "a.tar", "one", "none", 9)
    told = [(one.shard, one.key, one.by, one.verdict) for one in spoken([folder])]
    assert told == [("a.tar", "one", "ben", "drop"), ("b/b.tar", "one", "ada", "keep")]
    assert [one.by for one in spoken([folder], "ada")] == ["ada"]


def test_what_only_the_shards_say_is_told_too(folder):
    save_judgements([folder], [Judgement("a.tar", "two", "keep", "", "ada, ben", AT.format(5))])
    (one,) = spoken([folder])
    assert (one.key, one.by, one.at) == ("two", "ada, ben", AT.format(5))


def test_in_a_store_the_journal_is_ones_own_and_the_shard_is_written(folder, store):
    for file in folder.rglob("*.tar"):
        store.put(f"bucket/train/{file.name}", file.read_bytes())
    url = place("s3://bucket/train")
    JudgementJournal(url).add(Judgement("b.tar", "one", "drop", "", "ada", AT.format(0)))
    puts = {one["key"] for one in store.log() if "key" in one}
    assert puts == {"bucket/train/a.tar", "bucket/train/b.tar"}, "nothing of it is in the store"
    done = save_judgements([url])
    assert [str(one) for one in done.written] == ["s3://bucket/train/b.tar"] and not done.refused
    with Shard(url / "b.tar") as shard:
        assert matching(shard.index, "judgement = 'drop'").tolist() == [0]
    assert save_judgements([url]).written == []
