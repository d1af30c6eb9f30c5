"""What people said, as a list: of a clip that was removed nothing is told."""

from faceshards.dataset.judgements.journal import NAME, JudgementJournal
from faceshards.dataset.judgements.judgement import Judgement
from faceshards.dataset.judgements.spoken import spoken


def test_of_removed_clips_nothing_is_told(clips, run, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    path = clips.write(tmp_path / "set" / "a.tar", {"one": {}, "two": {}})
    journal = JudgementJournal(path.parent)
    for key in ("one", "two"):
        journal.add(Judgement.now("a.tar", key, "drop", f"the note of {key}", "ada"))
    code, out, _ = run("remove", path, "--key", "one", "--reason", "on request")
    assert code == 0 and "what was judged of the clip was removed" in out
    assert [one.key for one in spoken([path])] == ["two"]
    assert b"note of one" not in (path.parent / NAME).read_bytes(), "the journal is a trace, too"
