import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from faceshards.errors import ShardError
from faceshards.shards.reader import Shard
from faceshards.shards.repair.checkup import check_up
from faceshards.shards.repair.repair import repair, sweep_leftovers
from faceshards.shards.repair.verify import verify
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.atomic import AtomicFile
from faceshards.shards.storage.find import find_shards
from faceshards.shards.storage.lease import lease
from faceshards.shards.writer import ShardWriter

PACK = Provenance("pack", 1)


@pytest.fixture
def tar(tmp_path):
    with ShardWriter(tmp_path / "a.tar", provenance=[PACK]) as writer:
        for i in range(4):
            facts = {"name": f"n{i}", "fps": [25, 1], "score": i / 2, "failures": []}
            writer.add(f"k{i}", {"json": facts, "mp4": os.urandom(2000)})
    return tmp_path / "a.tar"


def flip(tar, at):
    with open(tar, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


def test_an_index_of_the_right_generation_that_says_something_else_is_found_and_rebuilt(tar):
    index = tar.with_suffix(".parquet")
    good = pq.read_table(index)
    scores = good.set_column(good.column_names.index("score"), "score", pa.array([9.0, 9.0, 9.0, 9.0]))
    pq.write_table(scores, index, use_dictionary=False)
    found = check_up(tar, "headers")
    assert (found.state, found.index, found.broken) == ("whole", "wrong", True)
    assert "something else" in found.defects[0].says
    done = repair(found)
    assert done.index_rebuilt and done.mended and done.salvage is None
    assert pq.read_table(index).equals(good) and not check_up(tar, "bytes").broken


def test_a_damaged_shard_is_salvaged_beside_and_stays(tar):
    flip(tar, tar.read_bytes().index(b"k2.mp4") + 700)
    damaged = tar.read_bytes()
    done = repair(check_up(tar, "bytes"))
    assert done.salvage.kept == 3 and not done.mended and done.salvage.set_aside is None
    assert tar.read_bytes() == damaged and verify(tar.with_name("a-salvaged.tar"), deep=True).whole


def test_set_aside_takes_the_damaged_shard_out_of_the_dataset(tar):
    flip(tar, tar.read_bytes().index(b"k2.mp4") + 700)
    damaged = tar.read_bytes()
    repair(check_up(tar, "bytes"))
    done = repair(check_up(tar, "bytes"), set_aside=True)
    folder = tar.parent
    assert find_shards(folder) == [folder / "a-salvaged.tar"]
    assert (folder / "a.tar.damaged").read_bytes() == damaged
    assert {file.name for file in folder.iterdir()} == {
        "a-salvaged.tar",
        "a-salvaged.parquet",
        "a.tar.damaged",
        "a.salvage.json",
    }
    with Shard(folder / "a-salvaged.tar") as shard:
        assert shard.keys == ["k0", "k1", "k3"]
    assert not done.mended  # a sample is lost, and the command must say so


def test_a_salvage_without_loss_takes_the_old_name_back(tar):
    """No row moved, so every row number still holds."""
    good = tar.read_bytes()
    flip(tar, len(good) - 4)
    done = repair(check_up(tar, "bytes"), set_aside=True)
    assert done.mended and done.salvage.target == tar
    assert tar.read_bytes() == good and tar.with_name("a.tar.damaged").exists()
    assert not tar.with_name("a-salvaged.tar").exists() and not tar.with_name("a-salvaged.parquet").exists()
    assert check_up(tar, "bytes").index == "current"


def test_nothing_is_renamed_over(tar):
    flip(tar, tar.stat().st_size - 4)
    tar.with_name("a.tar.damaged").write_bytes(b"mine")
    with pytest.raises(ShardError, match="is there already"):
        repair(check_up(tar, "bytes"), set_aside=True)
    assert tar.with_name("a.tar.damaged").read_bytes() == b"mine" and tar.exists()


def test_leftovers_of_dead_writers_are_swept_and_those_of_living_ones_stay(tar):
    folder = tar.parent
    (folder / "deep").mkdir()
    dead = [folder / ".a.tar.0123abcd.tmp", folder / ".a.parquet.0123abcd.tmp", folder / "deep" / ".b.tar.ffff0000.tmp"]
    for file in dead:
        file.write_bytes(b"x")
    (folder / ".append.work").mkdir()
    (folder / ".append.work" / "x-00000.tar").write_bytes(b"x")
    others = [folder / ".other.tmp", folder / ".a.work"]
    for file in others:
        file.touch()
    with AtomicFile(folder / "c.tar") as living, lease(folder / "append"):
        assert sweep_leftovers(folder) == sorted(dead)
        assert living.temporary.exists() and (folder / ".append.work").exists()
    assert sweep_leftovers(folder) == [folder / ".append.work"]
    assert all(file.exists() for file in [*others, tar])
    dead[0].write_bytes(b"x")
    dead[2].write_bytes(b"x")
    assert sweep_leftovers(tar) == [dead[0]] and dead[2].exists()
