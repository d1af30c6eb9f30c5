"""A disk and a store keep the one protocol: whatever is asked of a file gives the same through either."""

from contextlib import closing

import pytest

from faceshards.bench.object_store.process import ObjectStore
from faceshards.errors import ShardError
from faceshards.shards.storage.files import open_file, size_of
from faceshards.shards.storage.version import Changed

BODY = bytes(range(256)) * 400


@pytest.fixture(scope="module")
def store():
    with pytest.MonkeyPatch.context() as patch, closing(ObjectStore()) as store:
        for name, value in store.environment.items():
            patch.setenv(name, value)
        yield store


@pytest.fixture(params=["disk", "store"])
def home(request, tmp_path, store):
    """Where files are, and a function that writes one there."""
    if request.param == "disk":
        return tmp_path, lambda name, body: (tmp_path / name).write_bytes(body)
    folder = tmp_path.name.replace("[", "-").replace("]", "")
    return f"s3://b/{folder}", lambda name, body: store.put(f"b/{folder}/{name}", body)


def test_every_way_to_read_gives_the_same_bytes(home):
    where, write = home
    write("a.tar", BODY)
    with closing(open_file(f"{where}/a.tar")) as file:
        assert file.size == file.version.size == len(BODY) == len(file.data()) and str(file.place) == f"{where}/a.tar"
        assert file.read(70_000, 9) == file.view(70_000, 9) == file.data()[70_000:70_009] == BODY[70_000:70_009]
        assert file.start(100) == BODY[:100] and file.start(1 << 30) == BODY
        assert file.read_many([(99_000, 5), (0, 3), (50_000, 0)]) == [BODY[99_000:99_005], BODY[:3], b""]
        extent = file.extent(1000, 60_000, 7)
        assert (extent.offset, extent.size, extent.crc32c) == (1000, 60_000, 7)
        assert b"".join(map(bytes, extent.pieces(memoryview(bytearray(4096))))) == BODY[1000:61_000]
        assert file.requests > 0 and file.bytes_read > 0


def test_neighbours(home):
    where, write = home
    write("a.tar", BODY)
    with closing(open_file(f"{where}/a.tar")) as file:
        assert file.beside("a.parquet") is None
        file.save_beside("a.parquet", b"index")
        assert file.beside("a.parquet") == b"index"
        assert file.takes_caches == ("://" not in str(where))


def test_a_version_is_told_from_the_next(home):
    where, write = home
    write("a.tar", BODY)
    with closing(open_file(f"{where}/a.tar")) as file:
        version = file.version
        assert file.is_current()
    with closing(open_file(f"{where}/a.tar", version=version)) as file:
        assert file.version == version and file.read(3, 2) == BODY[3:5]
    write("a.tar", BODY[::-1] + b"!")
    with pytest.raises(Changed), closing(open_file(f"{where}/a.tar", version=version)) as file:
        file.read(3, 2)


def test_what_is_not_there(home):
    where, write = home
    with pytest.raises(ShardError, match="no such"):
        open_file(f"{where}/none.tar").read(0, 1)
    write("a.tar", BODY)
    assert size_of(f"{where}/none.tar") == 0 and size_of(f"{where}/a.tar") == len(BODY)
