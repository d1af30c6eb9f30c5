import os

import pytest

from faceshards.curation.work_folder import Finished, WorkFolder, journal_path, work_folder
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.find import find_shards

MADE = Provenance("light", 1)


@pytest.fixture
def opened(shard):
    with Shard(shard) as opened:
        yield opened


def finish(folder: WorkFolder, row: int, **bodies: bytes) -> None:
    columns = {name.replace("_", "."): body for name, body in bodies.items()}
    done = Finished({"name": f"clip {row}"}, {}, {MADE.fingerprint: MADE}, {"seconds": {"light": 0.5}})
    folder.finish(row, f"clip-{row}", done, columns)


def test_a_finished_clip_comes_back_whole(opened):
    folder = WorkFolder(opened)
    finish(folder, 3, light_npy=b"abc", swapped_mp4=b"")
    folder = WorkFolder(opened)
    done = folder.finished(3)
    assert folder.finished(4) is None
    assert done.facts == {"name": "clip 3", "states": {"swapped.mp4": "not yet"}}
    assert done.provenance == {MADE.fingerprint: MADE}
    assert done.run == {"seconds": {"light": 0.5}}
    assert folder.bodies(3) == {"light.npy": b"abc", "swapped.mp4": b""}
    assert {name: extent.size for name, extent in done.columns.items()} == {"light.npy": 3, "swapped.mp4": 0}


def test_columns_of_an_earlier_plan_are_kept_beside_new_ones(opened):
    folder = WorkFolder(opened)
    finish(folder, 3, light_npy=b"old", other_npy=b"stays")
    before = folder.finished(3)
    folder.finish(3, "clip-3", before, {"light.npy": b"newer"})
    assert folder.bodies(3) == {"light.npy": b"newer", "other.npy": b"stays"}


def test_a_folder_of_another_generation_is_emptied(opened, shard):
    folder = WorkFolder(opened)
    finish(folder, 0, light_npy=b"abc")
    folder.journal.begin("a", "light")
    rewrite(shard, {"x.txt": lambda row: b"x"})
    with Shard(shard) as newer:
        folder = WorkFolder(newer)
        assert folder.finished(0) is None
        assert folder.journal.in_flight == {}


def test_a_clip_that_a_power_cut_left_in_half_is_made_again(opened):
    folder = WorkFolder(opened)
    finish(folder, 0, light_npy=b"abc" * 1000)
    spool = folder.path / "000000.tar"
    for length in (0, 100, spool.stat().st_size - 600):
        finish(folder, 0, light_npy=b"abc" * 1000)
        os.truncate(spool, length)
        assert folder.finished(0) is None
        assert not spool.exists()


def test_the_folder_is_hidden_from_those_who_look_for_shards_and_goes(opened, shard):
    folder = WorkFolder(opened)
    finish(folder, 0, light_npy=b"abc")
    assert find_shards(shard.parent) == [shard]
    assert journal_path(shard).parent == work_folder(shard) == folder.path
    folder.remove()
    assert not work_folder(shard).exists()
