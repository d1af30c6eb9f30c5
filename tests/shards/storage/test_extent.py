import os

import pytest
from fastcrc import crc32

from faceshards.errors import DamagedShard, StorageError
from faceshards.shards.storage.extent import FileExtent, RemoteExtent, checked, read_exactly

BODY = bytes(range(256)) * 10


class Bytes:
    """An object that is read slice by slice."""

    place = "s3://b/a"

    def __getitem__(self, span):
        return BODY[span]


@pytest.fixture(params=["disk", "store"])
def extent_of(request, tmp_path):
    (tmp_path / "a").write_bytes(BODY)
    home = tmp_path / "a" if request.param == "disk" else Bytes()
    kind = FileExtent if request.param == "disk" else RemoteExtent
    return lambda offset, size, crc=None: kind(home, offset, size, crc)


@pytest.mark.parametrize("size", [1, 7, 1000, 4096])
def test_pieces_are_the_bytes_whatever_the_buffer(extent_of, size):
    pieces = [bytes(piece) for piece in extent_of(3, 2000).pieces(memoryview(bytearray(size)))]
    assert b"".join(pieces) == BODY[3:2003] and max(map(len, pieces)) <= size


def test_a_sum_is_held_behind_the_last_piece(extent_of):
    buffer = memoryview(bytearray(100))
    good = crc32.iscsi(BODY[5:505])
    assert b"".join(map(bytes, checked(extent_of(5, 500, good), buffer))) == BODY[5:505]
    assert b"".join(map(bytes, checked(extent_of(5, 500), buffer))) == BODY[5:505]
    with pytest.raises(DamagedShard, match="restore the shard"):
        list(checked(extent_of(5, 500, good ^ 1), buffer))


def test_a_file_that_ends_before_or_is_not_there(tmp_path):
    (tmp_path / "a").write_bytes(BODY)
    assert FileExtent.whole(tmp_path / "a").size == len(BODY)
    with pytest.raises(DamagedShard, match="ends at byte"):
        list(FileExtent(tmp_path / "a", len(BODY) - 10, 11).pieces(memoryview(bytearray(4))))
    with pytest.raises(StorageError, match="is gone"):
        list(FileExtent(tmp_path / "none", 0, 1).pieces(memoryview(bytearray(4))))


def test_a_buffer_is_filled_or_the_file_is_damaged(tmp_path):
    (tmp_path / "a").write_bytes(BODY)
    fd = os.open(tmp_path / "a", os.O_RDONLY)
    try:
        buffer = bytearray(300)
        read_exactly(fd, memoryview(buffer), 100)
        assert buffer == BODY[100:400]
        with pytest.raises(DamagedShard, match="early"):
            read_exactly(fd, memoryview(buffer), len(BODY) - 10)
    finally:
        os.close(fd)
