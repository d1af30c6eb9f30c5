"""The journal keeps every word at once: through kills, torn lines, two writers, folders that may not be written."""

import json
import os
import signal
import subprocess
import sys

import pytest

from faceshards.dataset.judgements.journal import NAME, JudgementJournal, latest, own_place
from faceshards.dataset.judgements.judgement import Judgement
from faceshards.shards.storage.url import place


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "set").mkdir()
    return tmp_path / "set"


def said(verdict="keep", note="", by="ada", key="k", at="2026-01-31T12:00:00.000000Z"):
    return Judgement("a.tar", key, verdict, note, by, at)


def test_each_persons_last_word_counts(folder):
    journal = JudgementJournal(folder)
    for one in (said("keep"), said("drop", by="ben"), said("drop", "blurred", at="2026-01-31T12:00:01.000000Z")):
        journal.add(one)
    words = JudgementJournal(folder).each["a.tar", "k"]
    assert {who: (one.verdict, one.note) for who, one in words.items()} == {
        "ada": ("drop", "blurred"),
        "ben": ("drop", ""),
    }
    assert latest(words).by == "ada" and (folder / NAME).read_bytes().count(b"verdict") == 3, "nothing is overwritten"


def test_a_clock_that_goes_back_makes_no_older_word_the_last(folder):
    journal = JudgementJournal(folder)
    journal.add(said("keep", at="2026-01-31T12:00:00.000000Z"))
    journal.add(said("drop", at="2026-01-31T11:00:00.000000Z"))
    assert JudgementJournal(folder).each["a.tar", "k"]["ada"].verdict == "drop"


def test_two_writers_see_each_others_words(folder):
    one, other = JudgementJournal(folder), JudgementJournal(folder)
    for number in range(20):
        (one, other)[number % 2].add(said(key=f"k{number}", by=("ada", "ben")[number % 2]))
    one.refresh()
    assert len(one.each) == len(other.each) == 20 and one.torn == other.torn == 0


def test_torn_lines_spoil_no_other(folder):
    journal = JudgementJournal(folder)
    journal.add(said(key="before"))
    with (folder / NAME).open("ab") as file:
        file.write(b'\n{"shard": "a.tar", "key": "to')  # a disk that was full, or a power cut
    assert JudgementJournal(folder).torn == 0, "it may be one that is being written"
    journal.add(said(key="after"))
    with (folder / NAME).open("ab") as file:
        file.write(b"\n[1]\n" + b"[" * 100_000 + b'\n\xff\xfe\n{"shard": 1}\n')
    read = JudgementJournal(folder)
    assert {key for _, key in read.each} == {"before", "after"} and read.torn == 5


WRITER = """
import sys
from faceshards.dataset.judgements.journal import JudgementJournal
from faceshards.dataset.judgements.judgement import Judgement
journal = JudgementJournal(__import__("pathlib").Path(sys.argv[1]))
for number in range(10**6):
    journal.add(Judgement.now("a.tar", f"{sys.argv[2]}{number}", "keep", "x" * 500, sys.argv[2]))
    print(number, flush=True)
"""


def test_what_was_answered_outlives_two_writers_that_are_killed(folder):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(folder), by], stdout=subprocess.PIPE, text=True)
        for by in ("ada", "ben")
    ]
    told = {
        by: [int(one.stdout.readline()) for _ in range(30)] for by, one in zip(("ada", "ben"), writers, strict=True)
    }
    for one in writers:
        one.send_signal(signal.SIGKILL)
        one.communicate()
    read = JudgementJournal(folder)
    for by, numbers in told.items():
        assert {("a.tar", f"{by}{number}") for number in numbers} <= set(read.each)
    assert read.torn == 0


def test_aside_and_of_stores_it_stands_in_the_users_own_folder(folder, home):
    JudgementJournal(folder, aside=True).add(said())
    assert not list(folder.iterdir()) and own_place(folder).is_relative_to(home)
    assert ("a.tar", "k") in JudgementJournal(folder).each, "it is read by whoever may write beside the shards, too"
    store = JudgementJournal(place("s3://bucket/train/VFHQ"))
    store.add(said("drop"))
    assert store.path == own_place(place("s3://bucket/train/VFHQ")) and store.path.name.startswith("VFHQ-")
    assert store.path != own_place(place("s3://other/train/VFHQ"))


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_may_not_be_written_is_left_alone(folder, home):
    folder.chmod(0o500)
    try:
        JudgementJournal(folder).add(said())
        assert own_place(folder).exists() and not list(folder.iterdir())
    finally:
        folder.chmod(0o700)


def test_it_has_the_rights_of_its_folder(folder):
    folder.chmod(0o770)
    JudgementJournal(folder).add(said())
    assert (folder / NAME).stat().st_mode & 0o777 == 0o660


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_strangers_put_in_its_place_is_left_alone(folder, tmp_path, kind):
    (tmp_path / "victim").write_text("")
    make = {"link": lambda file: file.symlink_to(tmp_path / "victim"), "pipe": os.mkfifo, "folder": os.mkdir}
    make[kind](folder / NAME)
    JudgementJournal(folder).add(said())
    assert (tmp_path / "victim").read_text() == "" and own_place(folder).exists()
    assert ("a.tar", "k") in JudgementJournal(folder).each


def test_it_forgets_clips_that_are_removed(folder):
    journal, reader = JudgementJournal(folder), JudgementJournal(folder)
    for key in ("stays", "goes"):
        journal.add(said(key=key, note=f"the note of {key}"))
        reader.refresh()
    JudgementJournal(folder, aside=True).add(said(key="goes", by="ben"))
    assert journal.forget("a.tar", frozenset({"goes"})) and not journal.forget("a.tar", frozenset({"goes"}))
    reader.refresh()
    assert set(reader.each) == {("a.tar", "stays")}, "who reads on, reads the new file"
    assert b"goes" not in (folder / NAME).read_bytes() + own_place(folder).read_bytes()
    lines = (folder / NAME).read_text().split("\n")
    assert json.loads(next(filter(None, lines)))["key"] == "stays"
