import json
import os
import random
import subprocess
import sys
from base64 import b64decode

import numpy as np
import pyarrow as pa
import pytest

from faceshards.errors import ShardError, StorageError, UsageError
from faceshards.loaders import ShardDataset
from faceshards.shards.filters.where import matching
from faceshards.shards.index import dataset as dataset_module
from faceshards.shards.index.dataset import NAME, open_dataset
from faceshards.shards.index.merged import open_merged
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.codecs import encode
from faceshards.shards.writer import ShardWriter


@pytest.fixture
def folder(tmp_path, written):
    written(tmp_path / "VFHQ" / "b.tar", 0, 5)
    written(tmp_path / "VFHQ" / "a.tar", 5, 70)
    written(tmp_path / "GRID" / "x" / "a.tar", 75, 3)
    written(tmp_path / ".hidden" / "a.tar", 100, 1)
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


def test_shards_come_and_go(folder, written):
    open_dataset(folder)
    written(folder / "VFHQ" / "aa.tar", 200, 2)
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


def test_types_that_differ_become_the_wider_number_or_text(tmp_path, written):
    written(tmp_path / "a.tar", 0, 1, mine=1, other=1)
    written(tmp_path / "b.tar", 1, 1, mine=0.5, other="x")
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


# Flips the bit of the cache that each line names, and says what the merged index or, every other time, the loader has.
FLIPS = """
import os, sys
from faceshards.loaders import ShardDataset
from faceshards.shards.index.dataset import open_dataset
folder = sys.argv[1]
path = folder + "/.faceshards.arrow"
for number, line in enumerate(sys.stdin):
    body = bytearray(open(path, "rb").read())
    bit = int(line) % (8 * len(body))
    body[bit // 8] ^= 1 << bit % 8 if int(line) else 0
    with open(path + ".new", "wb") as out:
        out.write(body)
    os.replace(path + ".new", path)
    if number % 2:
        print(open_dataset(folder).table.to_pylist())
    else:
        plan = ShardDataset(folder, ["mp4"], where="frames >= 0 AND snr_db >= 0 AND name IS NOT NULL").plan
        where = plan.extents["mp4"]
        print(plan.keys.to_pylist(), where.offset.tolist(), where.size.tolist(), where.crc32c.tolist())
"""


@pytest.mark.parametrize("count", [24, pytest.param(600, marks=pytest.mark.slow)])
def test_flipped_bits_of_the_cache_cost_nothing_but_time(folder, count):
    """In a process of its own: a parser that is killed kills nobody else."""
    open_dataset(folder)
    bits = [0, 0, *random.Random(count).choices(range(1, 1 << 40), k=count)]  # 0: none
    lines = "".join(f"{bit}\n" for bit in bits)
    command = [sys.executable, "-c", FLIPS, str(folder)]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    right, found = done.stdout.splitlines()[:2], done.stdout.splitlines()[2:]
    assert all(line.count("k") >= 78 for line in right) and found == right * (count // 2)


def spoiled(folder, column):
    """Flips a bit of a column in the cache; its inode then."""
    path = folder / NAME
    head = json.loads(path.read_bytes()[path.read_bytes().rindex(b'{"order"') : -20])
    number = pa.ipc.read_schema(pa.py_buffer(b64decode(head["schema"]))).get_field_index(column)
    offset, size, _ = head["groups"][0]["pieces"][number]
    with open(path, "r+b") as file:
        file.seek(offset + size // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    return cache_of(folder)


def test_a_cache_that_lies_is_made_anew_when_that_column_is_asked_for(folder):
    right = open_dataset(folder).table.to_pydict()
    inode = spoiled(folder, "snr_db")
    dataset = open_dataset(folder)
    assert dataset.columns(["frames"])["frames"].to_pylist() == right["frames"] and cache_of(folder) == inode
    assert dataset.columns(["snr_db"])["snr_db"].to_pylist() == right["snr_db"] and cache_of(folder) != inode
    merged = open_merged(folder / NAME)
    assert merged.columns(merged.schema.names).to_pydict() == right


def test_a_lying_cache_helps_nobody_whose_shard_changed(folder, written):
    open_dataset(folder)
    spoiled(folder, "snr_db")
    written(folder / "VFHQ/b.tar", 90, 2)
    assert open_dataset(folder).table["snr_db"].to_pylist()[-3:] == [74 / 2, 45.0, 45.5]


def test_a_lying_cache_in_a_folder_that_may_not_be_written(folder, monkeypatch):
    right = open_dataset(folder).table.to_pydict()
    inode = spoiled(folder, "frames")

    def refuse(*_, **__):
        raise StorageError("read-only")

    monkeypatch.setattr(dataset_module, "AtomicFile", refuse)  # root may write anywhere
    for _ in range(2):
        assert open_dataset(folder).table.to_pydict() == right
    assert cache_of(folder) == inode


def test_a_lying_cache_of_shards_that_were_replaced_says_so(folder, written):
    open_dataset(folder)
    spoiled(folder, "frames")
    dataset = open_dataset(folder)
    written(folder / "VFHQ/b.tar", 90, 5)
    with pytest.raises(ShardError, match="replaced while the folder was read: open it again"):
        dataset.columns(["frames"])
    assert open_dataset(folder).table["frames"].to_pylist()[-5:] == [90, 91, 92, 93, 94]


def test_a_shard_that_was_replaced_with_its_size_and_time_kept(folder, written):
    """Only its time of change, which nobody sets, tells the two apart: to the cache and to a loader that planned."""
    dataset, tar = ShardDataset(folder, ["json"]), folder / "VFHQ/b.tar"
    assert len(dataset) == 78
    before = tar.stat()
    written(tar, 0, 5, snr_db=7.5)
    os.utime(tar, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (tar.stat().st_size, tar.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert open_dataset(folder).table["snr_db"].to_pylist()[-5:] == [7.5] * 5
    read = {sample["__key__"]: sample["json"]["snr_db"] for sample in dataset}
    assert [read[f"k{row}"] for row in range(5)] == [7.5] * 5


def test_a_copy_that_keeps_no_times_is_known_by_its_front_records(folder):
    right = open_dataset(folder).table
    for path in [*folder.rglob("*.tar"), *folder.rglob("*.parquet")]:
        path.unlink() if path.suffix == ".parquet" else os.utime(path, (1, 1))
    dataset = open_dataset(folder)
    assert dataset.table.equals(right) and {one.mtime_ns for one in dataset.sources} == {10**9}
    assert not list(folder.glob("VFHQ/*.parquet")), "a shard was scanned that nobody changed"


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
