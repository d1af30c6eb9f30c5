import os

import pytest

from faceshards.errors import StorageError
from faceshards.shards.storage.atomic import AtomicFile, storage_errors, sweep, write_all, write_atomic


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), AtomicFile(path) as file:
        write_all(file.fd, memoryview(b"half"), 0)
        assert path.read_bytes() == b"old"
        raise ZeroDivisionError
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a"]
    with AtomicFile(path) as file:
        write_all(file.fd, memoryview(b"new"), 0)
        file.commit()
    assert path.read_bytes() == b"new" and os.listdir(tmp_path) == ["a"]


def test_what_a_dead_writer_left_is_swept_and_a_living_ones_file_stays(tmp_path):
    (tmp_path / ".a[1].00000000.tmp").touch()
    (tmp_path / ".a1.00000000.tmp").touch()  # of another file
    with AtomicFile(tmp_path / "a[1]") as living:
        assert not (tmp_path / ".a[1].00000000.tmp").exists()
        assert sweep(tmp_path / "a[1]") == [] and living.temporary.exists()
    assert os.listdir(tmp_path) == [".a1.00000000.tmp"]


def test_room_is_taken_at_once(tmp_path):
    with AtomicFile(tmp_path / "a", 1 << 20) as file:
        assert os.fstat(file.fd).st_size == 1 << 20


def test_a_refusal_says_what_to_do(tmp_path):
    with pytest.raises(StorageError, match="the folder is gone"):
        write_atomic(tmp_path / "none" / "a", b"x")
    with (
        pytest.raises(StorageError, match=r"a: No space left on device: the disk is full"),
        storage_errors(tmp_path / "a"),
    ):
        raise OSError(28, os.strerror(28))
    with pytest.raises(BlockingIOError), storage_errors(tmp_path):  # a bug, no answer of a disk
        raise BlockingIOError(11, "again")
