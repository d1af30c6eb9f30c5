import os

import pytest

from faceshards.errors import DamagedShard, ShardError
from faceshards.shards.storage.extent import checked
from faceshards.shards.storage.local_file import LocalFile
from faceshards.shards.storage.version import Changed

BODY = bytes(range(256)) * 20


@pytest.fixture
def path(tmp_path):
    (tmp_path / "a.tar").write_bytes(BODY)
    return tmp_path / "a.tar"


def test_what_is_renamed_over_it_changes_nothing(path, tmp_path):
    with LocalFile(path) as file:
        (tmp_path / "b").write_bytes(b"other")
        assert file.is_current()
        os.replace(tmp_path / "b", path)
        assert not file.is_current()
        extent = file.extent(10, 20, None)
        assert b"".join(map(bytes, extent.pieces(memoryview(bytearray(7))))) == BODY[10:30]
        assert file.read(5, 9) == BODY[5:14] and file.size == len(BODY)
        path.unlink()
        assert not file.is_current() and file.view(0, len(BODY)) == BODY


def test_another_version_than_the_known_one_is_told(path, tmp_path):
    with LocalFile(path) as file:
        version = file.version
    LocalFile(path, version).close()
    path.write_bytes(BODY + b"!")
    with pytest.raises(Changed, match="changed meanwhile"):
        LocalFile(path, version)


def test_reads_are_counted_and_the_end_is_damage(path):
    with LocalFile(path) as file:
        assert file.read_many([(0, 4), (100, 2)]) == [BODY[:4], BODY[100:102]] and file.start(9999) == BODY
        assert (file.requests, file.bytes_read) == (2, 6)
        with pytest.raises(DamagedShard, match="ends at byte"):
            file.read(len(BODY) - 3, 4)


def test_a_file_that_was_cut_is_not_looked_at(path):
    with LocalFile(path) as file:
        os.truncate(path, 10)
        with pytest.raises(DamagedShard, match="was cut"):
            file.view(0, 5)


def test_a_view_outlives_the_file(path):
    file = LocalFile(path)
    view = file.view(3, 5)
    file.close()
    assert view == BODY[3:8] and view.readonly


def test_no_file_and_an_empty_one(tmp_path):
    with pytest.raises(ShardError, match="no such shard"):
        LocalFile(tmp_path / "none.tar")
    (tmp_path / "e.tar").touch()
    with LocalFile(tmp_path / "e.tar") as file, pytest.raises(ShardError, match="empty"):
        file.data()


def test_a_neighbour_that_is_no_plain_file_or_far_too_large_is_none(path, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    os.symlink("/dev/zero", tmp_path / "device")
    os.symlink("loop", tmp_path / "loop")
    (tmp_path / "folder").mkdir()
    with open(tmp_path / "large", "wb") as file:
        file.truncate(1 << 40)
    with LocalFile(path) as file:
        assert [file.beside(name) for name in ("pipe", "device", "loop", "folder", "large")] == [None] * 5


def test_neighbours_are_read_and_written_whole(path, tmp_path):
    with LocalFile(path) as file:
        assert file.beside("a.parquet") is None
        file.save_beside("a.parquet", b"index")
        assert file.beside("a.parquet") == b"index"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.parquet", "a.tar"]


def test_a_span_that_differs_from_its_sum_names_the_file(tmp_path):
    (tmp_path / "a.tar").write_bytes(b"abc")
    with LocalFile(tmp_path / "a.tar") as file, pytest.raises(DamagedShard, match=r"a\.tar: 3 bytes at 0"):
        list(checked(file.extent(0, 3, 1), memoryview(bytearray(8))))
