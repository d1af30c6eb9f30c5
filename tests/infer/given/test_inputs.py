"""What is given: files, folders, shards; names that never meet."""

import pytest

from faceshards.errors import UsageError
from faceshards.infer.given.inputs import SOUNDS, listed
from tests.infer.conftest import shard_of


@pytest.fixture
def folder(tmp_path):
    for name in ("a.wav", "b/a.wav", "b/c.MP3", "notes.txt", ".hidden.wav", ".git/d.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    shard_of(tmp_path / "b" / "s.tar")
    (tmp_path / "b" / "made" / "one.wav").unlink()
    return tmp_path


def test_a_folder_is_looked_through(folder):
    found = listed([str(folder)], SOUNDS)
    assert [one.name for one in found.taken] == ["a", "b/a", "b/c", "b/s/clip-0", "b/s/clip-1", "b/s/clip-2"]
    assert found.others >= 1 and not found.refused
    assert found.taken[3].told == "s.tar: clip-0"


def test_rows_are_filtered(folder):
    found = listed([str(folder / "b" / "s.tar")], SOUNDS, "key = 'clip-2'")
    assert [one.name for one in found.taken] == ["s/clip-2"]
    with pytest.raises(UsageError, match="nothing to work on"):
        listed([str(folder / "b" / "s.tar")], SOUNDS, "key = 'x'")


def test_two_of_one_name_do_not_meet_and_one_that_is_named_twice_is_one(folder):
    paths = [str(folder / "a.wav"), str(folder / "b" / "a.wav"), str(folder), str(folder / "b" / ".." / "a.wav")]
    found = listed(paths, SOUNDS)
    assert [one.name for one in found.taken].count("a") == 1
    (refused,) = (one for one in found.refused)
    assert refused.code == "duplicate-entry" and "b/a.wav" in refused.told and "another --out" in refused.reason


def test_what_is_named_is_tried_whatever_it_is_called(folder):
    (one,) = listed([str(folder / "notes.txt")], SOUNDS).taken
    assert one.name == "notes"


def test_a_tar_that_is_none_costs_itself(folder):
    (folder / "bad.tar").write_bytes(b"rubbish")
    found = listed([str(folder / "bad.tar"), str(folder / "a.wav")], SOUNDS)
    assert [one.name for one in found.taken] == ["a"] and found.refused[0].code == "unreadable-entry"


@pytest.mark.parametrize(
    ("path", "said"),
    [("absent.wav", "no such file"), ("s3://bucket/a.wav", "shards are taken"), ("https://host/x/", "name each .tar")],
)
def test_what_cannot_be(path, said):
    with pytest.raises(UsageError, match=said):
        listed([path], SOUNDS)
