"""`faceshards judgements`: from the journal into the shards, out as a table, two tables merged and saved."""

import json

import pytest

from faceshards.dataset.judgements.journal import JudgementJournal
from faceshards.dataset.judgements.judgement import Judgement
from faceshards.shards.storage.lease import lease


@pytest.fixture
def folder(clips, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    clips.write("set/a.tar", {f"k{number}": {} for number in range(4)})
    journal = JudgementJournal(tmp_path / "set")
    for by, verdicts in (("ada", ("keep", "keep", "drop", "drop")), ("ben", ("keep", "drop", "drop", "drop"))):
        for number, verdict in enumerate(verdicts):
            journal.add(Judgement.now("a.tar", f"k{number}", verdict, "", by))
    return tmp_path / "set"


@pytest.fixture
def told(run):
    def command(*words):
        code, out, _ = run("judgements", *words, "--json")
        assert code == 0
        return json.loads(out)

    return command


def test_two_peoples_tables_are_merged_and_saved(folder, clips, told):
    for by in ("ada", "ben"):
        found = told("export", "set", "--by", by, "--out", f"{by}.csv")
        assert found["judgements"] == 4
    found = told("merge", "ada.csv", "ben.csv", "--out", "both.csv", "--rule", "keep")
    assert found["agreements"] == [{"one": "ada", "other": "ben", "both": 4, "same": 3, "kappa": 0.5}]
    assert [one["by"] for one in found["conflicts"][0]] == ["ada", "ben"]
    assert told("save", "set", "--from", "both.csv")["clips"] == 4
    assert clips.said(folder, "judgement") == {"k0": "keep", "k1": "keep", "k2": "drop", "k3": "drop"}
    assert clips.said(folder, "judged_by")["k1"] == "ada" and clips.said(folder, "judged_by")["k0"] == "ada, ben"


def test_people_see_the_figures(folder, run):
    said = run("judgements", "export", "set", "--out", "both.csv")[1]
    assert "8 judgements written to both.csv: keep 3, drop 5" in said
    said = run("judgements", "merge", "both.csv", "--out", "c.csv")[1]
    assert "75.0%" in said and "0.500" in said and "1 conflicts, decided by the rule latest" in said
    assert "4 clips are judged; 1 shards written" in run("judgements", "save", "set")[1]


def test_a_shard_that_cannot_be_written_is_named(folder, run):
    with lease(folder / "a.tar"):
        code, out, _ = run("judgements", "save", "set")
    assert code == 1 and "not written:" in out and "another process is writing it" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["export", "set", "--out", "a.txt"], "name it NAME.csv"),
        (["merge", "a.csv", "--out", "c.csv", "--rule", "vote"], "latest, drop, keep, open"),
        (["merge", "a.csv", "a.csv", "--out", "c.csv"], "named twice"),
        (["save", "set", "--from", "no.csv"], "no such file"),
    ],
)
def test_what_makes_no_sense_is_one_line(folder, run, words, said):
    code, out, err = run("judgements", *words)
    assert (code, out, err.count("\n")) == (2, "", 1) and said in err
