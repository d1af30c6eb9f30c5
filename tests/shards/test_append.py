import os
import signal
import subprocess
import sys
import tarfile
import textwrap

import pytest

from faceshards.errors import ColumnError, DamagedShard, ShardError, StorageError, UsageError
from faceshards.shards.append import append, next_number
from faceshards.shards.reader import Shard
from faceshards.shards.repair.verify import verify
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.extent import FileExtent
from faceshards.shards.storage.find import find_shards
from faceshards.shards.storage.lease import lease
from faceshards.shards.writer import ShardWriter

PACK = Provenance("pack", 1)


def sample(i, size=1000):
    return f"k{i}", {"json": {"name": f"n{i}"}, "mp4": bytes([i % 256]) * size}


@pytest.fixture
def dataset(tmp_path):
    """A folder with `group.tar` (k0, k1) and, deeper, `more/other.tar` (k2)."""
    for path, numbers in ((tmp_path / "group.tar", (0, 1)), (tmp_path / "more" / "other.tar", (2,))):
        path.parent.mkdir(exist_ok=True)
        with ShardWriter(path, provenance=[PACK]) as writer:
            for i in numbers:
                writer.add(*sample(i))
    return tmp_path


def content(folder):
    """Every file under a folder with its bytes."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def members(path):
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def test_samples_come_as_a_new_shard_and_what_stood_there_is_untouched(dataset):
    before = content(dataset)
    paths = append(dataset, (sample(i) for i in (3, 4)), name="group", provenance=[PACK])
    assert paths == [dataset / "group-00001.tar"]
    after = content(dataset)
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"group-00001.tar", "group-00001.parquet"}
    assert members(paths[0])["k4.mp4"] == b"\4" * 1000
    with Shard(paths[0]) as shard:
        assert (shard.keys, shard.provenance) == (["k3", "k4"], {PACK.fingerprint: PACK})
    assert verify(paths[0], deep=True).whole


def test_numbers_go_on_behind_the_greatest(tmp_path):
    assert next_number(tmp_path, "a") == 0
    for name in ("a-00007.tar", "a-00002.tar", "a-b-00009.tar", "a-7x.tar", "ab-00050.tar"):
        (tmp_path / name).touch()
    assert next_number(tmp_path, "a") == 8
    assert next_number(tmp_path, "a-b") == 10
    (tmp_path / "c.tar").touch()
    assert next_number(tmp_path, "c") == 1


def test_a_first_append_makes_the_folder(tmp_path):
    assert append(tmp_path / "new" / "set", [sample(0)], name="x") == [tmp_path / "new" / "set" / "x-00000.tar"]
    assert append(tmp_path / "new" / "set", [], name="x") == []
    assert append(tmp_path / "new" / "set", [sample(1)], name="x")[0].name == "x-00001.tar"


def test_no_shard_is_larger_than_max_bytes(dataset):
    limit = 1 << 16
    paths = append(dataset, (sample(i, 20_000) for i in range(10, 20)), name="x", max_bytes=limit)
    assert [path.name for path in paths] == [f"x-{i:05d}.tar" for i in range(5)]
    assert all(path.stat().st_size <= limit for path in paths)
    # One more sample would not fit: two of 512 + 20480 and 512 + 512 in a frame of 512 + 8192 + 1024.
    assert all(path.stat().st_size == 9728 + 2 * (20_992 + 1024) for path in paths)
    keys = [key for path in paths for key in Shard(path).keys]
    assert keys == [f"k{i}" for i in range(10, 20)]


def test_a_sample_larger_than_max_bytes_stands_alone(tmp_path):
    paths = append(tmp_path, [sample(0), sample(1, 200_000), sample(2)], name="x", max_bytes=1 << 16)
    assert [Shard(path).keys for path in paths] == [["k0"], ["k1"], ["k2"]]


@pytest.mark.parametrize(("key", "where"), [("k1", "group.tar"), ("k2", "other.tar"), ("k9", "x-00000.tar")])
def test_a_key_that_is_there_is_refused_by_name_and_nothing_is_added(dataset, key, where):
    before = content(dataset)
    new = [sample(9, 60_000), sample(8, 60_000), (key, sample(0)[1])]  # the third would begin a third shard
    with pytest.raises(ShardError, match=rf"key '{key}' is in {where} already"):
        append(dataset, new, name="x", max_bytes=1 << 16)
    assert content(dataset) == before


def test_an_error_of_the_samples_themselves_adds_nothing(dataset):
    before = content(dataset)

    def broken():
        yield sample(5, 60_000)
        yield sample(6, 60_000)
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="source broke"):
        append(dataset, broken(), name="x", max_bytes=1 << 16)
    with pytest.raises(ColumnError):
        append(dataset, [sample(5), ("k6", {"json": {}})], name="x")
    assert content(dataset) == before


def test_bodies_are_streamed_from_files(dataset):
    clip = dataset / "clip.bin"
    clip.write_bytes(os.urandom(3_000_000))
    (path,) = append(dataset, [("k7", {"json": b"{}", "mp4": FileExtent.whole(clip)})], name="x")
    assert members(path)["k7.mp4"] == clip.read_bytes()


def test_a_damaged_shard_stops_it_for_its_keys_are_not_known(dataset):
    with open(dataset / "group.tar", "r+b") as file:
        file.truncate(9000)
    with pytest.raises(DamagedShard, match=r"group\.tar"):
        append(dataset, [sample(5)], name="x")
    assert not list(dataset.glob("x*"))


def test_two_appends_at_once_are_refused(dataset):
    with lease(dataset / "append"), pytest.raises(StorageError, match="another process"):
        append(dataset, [sample(5)], name="x")


def test_a_name_that_another_writer_is_about_to_take_is_left_to_it(dataset):
    with lease(dataset / "x-00000.tar"), pytest.raises(StorageError, match="another process is writing it"):
        append(dataset, [sample(5)], name="x")
    assert not list(dataset.glob("x*")) and not list(dataset.glob(".*"))


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "-x", "a\n"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="name"):
        append(tmp_path, [sample(0)], name=name)
    with pytest.raises(UsageError, match="at least 65536"):
        append(tmp_path, [sample(0)], name="x", max_bytes=100)


def test_a_store_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="folder on a disk"):
        append("s3://bucket/set", [sample(0)], name="x")
    assert not list(tmp_path.iterdir())


def test_a_killed_append_adds_nothing_and_the_next_one_sweeps(dataset):
    """A real process dies by SIGKILL between its second shard and its third."""
    code = """
        import os, signal, sys
        from faceshards.shards.append import append

        def samples():
            for i in range(5, 9):
                yield f"k{i}", {"json": {}, "mp4": bytes(60_000)}
            os.kill(os.getpid(), signal.SIGKILL)

        append(sys.argv[1], samples(), name="x", max_bytes=1 << 16)
    """
    before = content(dataset)
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code), str(dataset)])
    assert done.returncode == -signal.SIGKILL
    assert len(find_shards(dataset)) == 2
    assert any(file.endswith("x-00000.tar") for file in content(dataset))  # in the hidden folder
    (path,) = append(dataset, [sample(5)], name="x")
    after = content(dataset)
    assert after.keys() - before.keys() == {"x-00000.tar", "x-00000.parquet"} and path.name == "x-00000.tar"


def test_the_tree_is_listed_once(tmp_path, monkeypatch):
    append(tmp_path, [("a", {"json": {}})], name="one")
    listed, scandir = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(str(path)) or scandir(path))
    append(tmp_path, [("b", {"json": {}})], name="one")
    assert listed.count(str(tmp_path)) == 1
