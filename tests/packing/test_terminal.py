"""What a run of packing says in a terminal, and to a machine."""

import json
from pathlib import Path

import pytest
from rich.text import Text

from faceshards.errors import SourceError
from faceshards.packing.kinds.clips.kind import Clips
from faceshards.packing.options import PackOptions
from faceshards.packing.pack_report import PackReport
from faceshards.packing.sources.opening import open_source
from faceshards.packing.terminal import closing_table, found_line, pack_archive
from faceshards.shards.reader import Shard
from tests.packing.conftest import rows_of, zipped


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["a/1.png", "a/2.png"], "a zip of 1 folder of frames"),
        (["a/1.png", "b/1.png", "c.mp4"], "a zip of 2 folders of frames and 1 video file (mp4 1)"),
        (["a.mp4", "b.m4v", "c.mpeg"], "a zip of 3 video files (mp4 2, mpg 1)"),
        (["notes.txt"], "a zip of nothing that can be read"),
        ([], "a zip of nothing that can be read"),
    ],
)
def test_the_first_line_says_what_was_found(tmp_path, names, line):
    archive = open_source(zipped(tmp_path / "[b]x\n.zip", dict.fromkeys(names, b"1")))
    kind = Clips(PackOptions())
    assert found_line(archive, kind, kind.listed(archive)) == f"[b]x\n.zip: {line}"


def test_the_folder_that_one_stands_in_has_a_name(tmp_path, monkeypatch):
    (tmp_path / "a.mp4").write_bytes(b"1")
    monkeypatch.chdir(tmp_path)
    archive, kind = open_source(Path(".")), Clips(PackOptions())
    assert found_line(archive, kind, kind.listed(archive)) == ".: a folder of 1 video file (mp4 1)"


def test_the_table_counts_every_clip_and_shows_names_as_they_are():
    report = PackReport("pack", "[red]g[/red].zip", ignored={".txt": 2, "junk": 1}, files=["[i]g[/i].tar"])
    report.add_whole(2)
    report.add_rejected("[b]one[/b]", "empty-file", "it has [b]no[/b] bytes")
    report.add_rejected("two", "bomb", "it grows")
    report.add_rejected("three", "empty-file", "it has no bytes")
    rows = rows_of(closing_table(report))
    assert Text.from_markup(str(closing_table(report).title)).plain == "pack [red]g[/red].zip"
    assert int(rows["clips in"]) == int(rows["packed"]) + int(rows["rejected"]) == 5
    assert rows["empty-file"] == "2, such as '[b]one[/b]': it has [b]no[/b] bytes"
    assert rows["bomb"] == "1, such as 'two': it grows"
    assert (rows["no clips"], rows["file"]) == (".txt 2, junk 1", "[i]g[/i].tar")


def test_the_table_of_an_empty_report_has_its_counts_alone():
    assert rows_of(closing_table(PackReport("pack", "g.zip"))) == {"clips in": "0", "packed": "0", "rejected": "0"}


def test_a_person_reads_stdout_and_a_machine_one_object_there(clip, tmp_path, capsys):
    source, out = zipped(tmp_path / "g.zip", {"a.mp4": clip, "b.mp4": b""}), tmp_path / "deep" / "out"
    pack_archive(open_source(source), out, PackOptions(), force=False, as_json=False)
    said = capsys.readouterr()
    assert "g.zip: a zip of 2 video files (mp4 2)" in said.out and said.out.count("clips in") == 1
    with Shard(out / "g.tar") as shard:
        assert shard.keys == ["a"]
    pack_archive(open_source(source), out, PackOptions(), force=False, as_json=True)
    said = capsys.readouterr()
    record = json.loads(said.out)
    assert (record["seen"], record["whole"], record["failed"]) == (2, 1, {"pack": {"empty-file": 1}})
    assert said.err.count("already packed") == 1 and said.err.count("clips in") == 1


def test_a_source_without_one_good_clip_is_told_and_then_refused(tmp_path, capsys):
    source = zipped(tmp_path / "g.zip", {"a.mp4": b""})
    with pytest.raises(SourceError, match=r"g\.zip: its only clip is rejected, no shard was made"):
        pack_archive(open_source(source), tmp_path / "out", PackOptions(), force=False, as_json=False)
    assert "empty-file" in capsys.readouterr().out
