import os

import pytest

from faceshards.curation.spill import Finished
from faceshards.curation.work_folder import WorkFolder, journal_path
from faceshards.errors import ShardError, StorageError
from faceshards.jobs.work_place import work_folder
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import rewrite
from faceshards.shards.storage.find import find_shards


@pytest.fixture
def opened(shard):
    with Shard(shard) as opened:
        yield opened


def finish(folder: WorkFolder, row: int) -> None:
    folder.spill.add(row, Finished({"name": f"clip {row}"}), {"light.npy": b"abc"})


def test_a_folder_of_another_generation_is_emptied_and_no_worker_goes_on_in_it(opened, shard):
    folder = WorkFolder(opened).settle()
    finish(folder, 0)
    folder.journal.begin("a")
    rewrite(shard, {"x.txt": lambda row: b"x"})
    with Shard(shard) as newer:
        with pytest.raises(ShardError, match="written by somebody else while it was curated: run again"):
            WorkFolder(newer).check()
        folder = WorkFolder(newer).settle()
        folder.check()
        assert folder.spills.rows == [] and folder.journal.in_flight == {}


def test_what_was_in_the_making_goes_and_what_is_finished_stays(opened):
    folder = WorkFolder(opened, "host-1").settle()
    finish(folder, 3)
    for left in ("tmp1.mp4", "slots-host-1"):
        (folder.path / left).write_bytes(b"half")
    folder = WorkFolder(opened, "host-2").settle()
    assert folder.spills.finished(3).facts == {"name": "clip 3"}
    assert {path.name for path in folder.path.iterdir()} == {"generation", "spill.000000.host-1"}


def test_a_settling_that_is_cut_short_or_finds_no_room_loses_nothing(opened, monkeypatch):
    folder = WorkFolder(opened).settle()
    finish(folder, 0)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(StorageError, match="No space left"):
        patch.setattr(os, "write", full)
        patch.setattr(os, "pwrite", full)
        patch.setattr(os, "posix_fallocate", full)
        patch.setattr("pathlib.Path.write_text", lambda path, text: path.write_bytes(b"") or full())
        WorkFolder(opened).settle()
    assert WorkFolder(opened).settle().spills.rows == [0]


def test_a_worker_that_an_earlier_run_left_behind_goes_on_no_more(opened):
    orphan = WorkFolder(opened, "host-1").settle()
    orphan.check()
    WorkFolder(opened).settle().check()
    with pytest.raises(ShardError, match="another run has taken the shard up meanwhile"):
        orphan.check()


def test_what_others_put_there_leads_nowhere(opened, tmp_path):
    folder = WorkFolder(opened).settle()
    others = tmp_path / "others"
    (others / "deep").mkdir(parents=True)
    for name in ("file", "deep/file"):
        (others / name).write_text("theirs")
    for name in ("spill.000000.x", "journal", "tmp.mp4", "generation"):
        (folder.path / name).unlink(missing_ok=True)
        (folder.path / name).symlink_to(others / "file")
    (folder.path / "spill.000000.y").symlink_to(others / "deep")
    (folder.path / "spill.000000.z").mkdir()
    folder.settle()
    assert {path.name for path in folder.path.iterdir()} == {"generation"}
    assert (others / "file").read_text() == (others / "deep" / "file").read_text() == "theirs"
    folder.remove()
    for stand_in in (lambda: folder.path.symlink_to(others), lambda: folder.path.write_text("a file")):
        stand_in()
        with pytest.raises(StorageError, match="the work folder belongs here: move it away"):
            folder.settle()
        folder.path.unlink()
    assert (others / "file").exists()


def test_a_mark_that_is_no_text_is_nobodys(opened):
    folder = WorkFolder(opened).settle()
    (folder.path / "generation").write_bytes(b"\xff\xfe")
    folder.settle().check()


def test_each_run_and_each_worker_has_a_spill_of_its_own(opened):
    for by in ("host-1", "host-2"):
        folder = WorkFolder(opened, by).settle()
        folder.journal.start(6)
        finish(folder, 0)
    assert {path.name for path in folder.path.glob("spill.*")} == {"spill.000001.host-1", "spill.000002.host-2"}


def test_a_disk_that_refuses_is_named(opened, monkeypatch):
    folder = WorkFolder(opened).settle()
    finish(folder, 0)
    before = folder.spill.path.stat().st_size

    def full(fd: int, body) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(StorageError, match="No space left"):
        patch.setattr(os, "write", full)
        finish(folder, 1)
    assert folder.spill.path.stat().st_size == before
    finish(folder, 2)
    assert WorkFolder(opened).spills.rows == [0, 2]


def test_the_folder_is_hidden_from_those_who_look_for_shards_and_goes(opened, shard):
    folder = WorkFolder(opened).settle()
    finish(folder, 0)
    assert find_shards(shard.parent) == [shard]
    assert journal_path(shard).parent == work_folder(shard) == folder.path
    folder.remove()
    assert not work_folder(shard).exists()
