"""Video files named one by one: one clip, several, from several folders, and what may not be named together."""

import json
import os

import pytest

from faceshards.errors import ClipError, UsageError
from faceshards.packing.sources.archive import Limits
from faceshards.packing.sources.opening import open_sources
from faceshards.packing.sources.selection import Selection
from faceshards.shards.reader import Shard


@pytest.fixture
def videos(tmp_path, make):
    """raw/talk.mp4, raw/deep/sing.mp4."""
    (tmp_path / "raw" / "deep").mkdir(parents=True)
    paths = tmp_path / "raw" / "talk.mp4", tmp_path / "raw" / "deep" / "sing.MP4"
    for number, path in enumerate(paths):
        path.write_bytes(make.mp4(seed=number))
    return paths


def keys(tar):
    with Shard(tar) as shard:
        return shard.keys


def test_one_file_is_a_shard_of_one_called_after_it(run, videos, tmp_path):
    code, out, err = run("pack", videos[0], "--out", tmp_path / "out")
    assert (code, err) == (0, "") and "talk.mp4: a selection of 1 video file (mp4 1)" in out
    assert keys(tmp_path / "out" / "talk.tar") == ["talk"]
    with Shard(tmp_path / "out" / "talk.tar") as shard:
        assert shard.read(0, "mp4") == videos[0].read_bytes() and shard.json(0)["source"] == "talk.mp4"
    assert "already packed" in run("pack", videos[0], "--out", tmp_path / "out")[1]


def test_several_are_called_after_the_folder_that_holds_them(run, videos, tmp_path, monkeypatch):
    monkeypatch.chdir(videos[0].parent)
    assert run("pack", "talk.mp4", "deep/sing.MP4", "talk.mp4", "--out", tmp_path / "out", "--json")[0] == 0
    tar = tmp_path / "out" / "raw.tar"
    assert keys(tar) == ["deep__sing", "talk"] or len(keys(tar)) == 2
    code, _, err = run("pack", "talk.mp4", tmp_path / "other.mp4", "--out", tmp_path / "out")
    assert code == 2 and "other.mp4: no such file" in err
    before = tar.read_bytes()
    (videos[0].parent / "third.mp4").write_bytes(videos[0].read_bytes())
    code, _, err = run("pack", "talk.mp4", "third.mp4", "--out", tmp_path / "out")
    assert code == 2 and "was packed from another source" in err and tar.read_bytes() == before


def test_a_clip_that_is_none_is_rejected_and_the_rest_goes_on(run, videos, tmp_path):
    (videos[0].parent / "bad.mp4").write_bytes(b"no video")
    code, out, _ = run("pack", videos[0], videos[0].parent / "bad.mp4", "--out", tmp_path / "out", "--json")
    report = json.loads(out)
    assert code == 0 and (report["whole"], report["failures"]) == (1, 1)
    assert [one["name"] for one in report["rejected"]] == ["bad"]


def test_videos_and_archives_are_not_named_together(run, videos, tmp_path):
    code, _, err = run("pack", videos[0], videos[1].parent, "--out", tmp_path / "out")
    assert code == 2 and "name the one or the other" in err and not (tmp_path / "out").exists()
    (tmp_path / "notes.txt").write_text("no video")
    code, _, err = run("pack", tmp_path / "notes.txt")
    assert code == 1 and "nor a video (mp4, " in err


def test_a_file_that_changes_after_it_was_listed_is_unreadable(videos):
    source = Selection(videos[:1], Limits())
    (entry,) = source.listing().entries
    assert source.read(entry) == videos[0].read_bytes()
    os.truncate(videos[0], 10)
    with pytest.raises(ClipError, match="is it still being written"):
        source.read(entry)


def test_nothing_at_all_is_no_source(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        open_sources([tmp_path / "absent.mp4"])
