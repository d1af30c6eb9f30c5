import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from faceshards.errors import UsageError
from faceshards.shards.index.dataset import NAME, open_dataset
from faceshards.shards.index.where import matching
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.codecs import encode
from faceshards.shards.writer import ShardWriter


def write(path, first, count, **facts):
    path.parent.mkdir(parents=True, exist_ok=True)
    with ShardWriter(path) as writer:
        for i in range(first, first + count):
            writer.add(f"k{i}", {"json": {"frames": i, "snr_db": i / 2, **facts}, "mp4": bytes(10 + i)})


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "VFHQ" / "b.tar", 0, 5)
    write(tmp_path / "VFHQ" / "a.tar", 5, 70)
    write(tmp_path / "GRID" / "x" / "a.tar", 75, 3)
    write(tmp_path / ".hidden" / "a.tar", 100, 1)
    return tmp_path


def cache_of(folder):
    return (folder / NAME).stat().st_ino


def test_the_rows_are_those_of_the_shards(folder):
    dataset = open_dataset(folder)
    assert [str(path.relative_to(folder)) for path in dataset.shards] == ["GRID/x/a.tar", "VFHQ/a.tar", "VFHQ/b.tar"]
    assert len(dataset) == 78
    for row in range(len(dataset)):
        path, own = dataset.place(row)
        with Shard(path) as shard:
            assert dataset.table["key"][row].as_py() == shard.keys[own]
            assert dataset.table["mp4"][row].as_py()["offset"] == shard.extent(own, "mp4").offset
            assert dataset.table["frames"][row].as_py() == shard.json(own)["frames"]
    for row in (-1, 78):
        with pytest.raises(UsageError):
            dataset.place(row)


def test_a_second_opening_reads_the_cache_alone(folder):
    first = open_dataset(folder)
    inode = cache_of(folder)
    for tar in folder.rglob("*.parquet"):
        tar.unlink()
    second = open_dataset(folder)
    assert second.table.equals(first.table) and second.sources == first.sources and cache_of(folder) == inode
    assert not list((folder / "VFHQ").glob("*.parquet")), "an index was made that nobody needs"


def test_it_is_mapped_not_read(folder):
    open_dataset(folder)
    before = pa.total_allocated_bytes()
    dataset = open_dataset(folder)
    assert dataset.table["snr_db"].to_pylist()[:2] == [37.5, 38.0]
    assert pa.total_allocated_bytes() - before < 10_000


def test_a_rewritten_shard_alone_is_looked_at_again(folder):
    open_dataset(folder)
    rewrite(folder / "VFHQ/b.tar", {"n.npy": lambda row: encode("n.npy", np.array([row]))}, lambda row, old: old)
    for index in (folder / "VFHQ/a.parquet", folder / "GRID/x/a.parquet"):
        index.unlink()
    dataset = open_dataset(folder)
    assert not (folder / "VFHQ/a.parquet").exists(), "an unchanged shard was opened"
    with Shard(folder / "VFHQ/b.tar") as shard:
        assert dataset.sources[2].generation == shard.generation
        for row in range(5):
            assert dataset.table["n.npy"][73 + row].as_py()["offset"] == shard.extent(row, "n.npy").offset
    assert dataset.table["n.npy"].null_count == 73


def test_shards_come_and_go(folder):
    open_dataset(folder)
    write(folder / "VFHQ" / "aa.tar", 200, 2)
    os.unlink(folder / "GRID/x/a.tar")
    dataset = open_dataset(folder)
    assert dataset.table["frames"].to_pylist() == [*range(5, 75), 200, 201, *range(5)]


@pytest.mark.parametrize("damage", ["cut", "rubbish", "empty", "foreign", "folder"])
def test_a_cache_that_does_not_read_is_made_anew(folder, damage):
    whole = open_dataset(folder).table
    path = folder / NAME
    body = path.read_bytes()
    path.unlink()
    if damage == "folder":  # it cannot be written either: the rows live in memory
        path.mkdir()
    elif damage == "foreign":
        with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, pa.schema([("x", pa.int64())])):
            pass
    else:
        path.write_bytes({"cut": body[: len(body) // 2], "rubbish": b"rubbish" * 100, "empty": b""}[damage])
    assert open_dataset(folder).table.equals(whole)
    assert open_dataset(folder).table.equals(whole)


def test_types_that_differ_become_the_wider_number_or_text(tmp_path):
    write(tmp_path / "a.tar", 0, 1, mine=1, other=1)
    write(tmp_path / "b.tar", 1, 1, mine=0.5, other="x")
    table = open_dataset(tmp_path).table
    assert table["mine"].to_pylist() == [1.0, 0.5] and table["other"].to_pylist() == ["1", "x"]


def test_filters_run_over_all_shards(folder):
    dataset = open_dataset(folder)
    found = dataset.table["frames"].take(pa.array(matching(dataset.table, "frames % 10 = 3"))).to_pylist()
    assert found == [frames for frames in dataset.table["frames"].to_pylist() if frames % 10 == 3] and len(found) == 8


def test_many_processes_at_once_agree(folder):
    code = "from faceshards.shards.index.dataset import open_dataset; "
    code += f"print(open_dataset({str(folder)!r}).table['frames'])"
    runs = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    outputs = {run.communicate()[0] for run in runs}
    assert len(outputs) == 1 and all(run.returncode == 0 for run in runs)
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) == [NAME, ".hidden"]


def test_no_shards_is_said(tmp_path):
    with pytest.raises(UsageError, match=r"no \.tar shard"):
        open_dataset(tmp_path)


def test_touched_pages_are_given_back_and_read_again(tmp_path):
    """In a process of its own, as others' mapped files would count too."""
    for number in range(4):
        with ShardWriter(tmp_path / f"{number}.tar", durable=False) as writer:
            for row in range(5_000):
                writer.add(f"{number}-{row}", {"json": {"name": "n" * 200 + str(row)}})
    open_dataset(tmp_path)
    code = f"""
from faceshards.shards.index.dataset import open_dataset
dataset = open_dataset({str(tmp_path)!r})
def mapped():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("RssFile"))
def touch():
    return sum(hash(name.as_py()) for name in dataset.table["name"])
touch()
dataset.forget()
before, first = mapped(), touch()
full = mapped()
dataset.forget()
after = mapped()
assert touch() == first
print(full - before, after - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    taken, left = map(int, done.stdout.split())
    assert taken > 3_500 and left < 200, "of the 4 MB of names, in KiB"
