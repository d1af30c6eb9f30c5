"""`faceshards drop`, as it is typed."""

import json

import pytest

from faceshards.errors import StorageError
from faceshards.jobs.work_place import work_folder
from faceshards.shards.reader import Shard
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter
from tests.dataset.four_persons import members


def test_a_column_goes_with_all_that_was_said_of_it(run, data):
    before = members(data / "a.tar")
    code, out, err = run("drop", data, "--columns", "swapped.mp4,tracks_sync.npy", "--json")
    assert code == 0, err
    assert json.loads(out)["shards"] == {str(data / f"{name}.tar"): ["swapped.mp4", "tracks_sync.npy"] for name in "ab"}
    after = members(data / "a.tar")
    assert list(after) == list(before)
    assert all(after[key][name] == before[key][name] for key in after for name in ("mp4", "faces.msg", "code.npy"))
    with Shard(data / "a.tar") as shard:
        assert shard.columns == ["json", "mp4", "code.npy", "faces.msg"]
        facts = shard.json(shard.row("cy-1"))
        assert not {"swapped_source", "sync_confidence", "media", "states"} & facts.keys()
        assert set(facts["inputs"]) == {"faces"} and set(facts["made"]) == {"mp4", "faces.msg", "lufs"}
        assert facts["face_share"] == 0.3 and shard.state(3, "swapped.mp4") == "not yet"
        assert {made.stage for made in shard.provenance.values()} == {"pack", "faces", "loudness"}
    assert run("index", data, "--verify")[0] == 0
    code, out, _ = run("drop", data, "--columns", "swapped.mp4")
    assert code == 0 and "no shard has swapped.mp4: nothing was done" in out


def test_who_read_it_is_told_and_a_plan_changes_nothing(run, data):
    before = (data / "a.tar").read_bytes()
    code, out, _ = run("drop", data, "--columns", "swapped.mp4", "--plan")
    assert code == 0 and "read by sync, whose work is stale without" in out and "nothing was changed" in out
    assert (data / "a.tar").read_bytes() == before
    assert run("drop", data, "--columns", "swapped.mp4")[0] == 0
    with Shard(data / "a.tar") as shard:
        facts = shard.json(3)
        assert "sync_confidence" in facts and set(facts["inputs"]) == {"faces", "sync"}


@pytest.fixture
def tables(tmp_path):
    with ShardWriter(tmp_path / "t.tar", provenance=[Provenance("pack", 7)]) as writer:
        facts = {"name": "k", "sound_codec": "aac", "media": {"mp4": {"codec": "h264"}, "sound": {"rate": 16000}}}
        writer.add("k", {"json": facts, "mp4": b"x" * 99, "mp4.packets.npy": None, "sound.packets.npy": None})
    return tmp_path / "t.tar"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("json", "json holds the facts of every sample and cannot be dropped"),
        ("mp4.packets.npy", "t.tar: mp4 is read by the rows of mp4.packets.npy: name both, or neither"),
        ("sound.packets.npy", "t.tar: mp4 is heard by the rows of sound.packets.npy"),
        ("mp4,mp4.packets.npy", "t.tar: sound.packets.npy speaks of the bytes of mp4"),
        ("no_such.npy", "no shard has the column 'no_such.npy'"),
        (" , ", "--columns names what is dropped"),
    ],
)
def test_what_others_need_is_refused(run, tables, columns, said):
    before = tables.read_bytes()
    code, _, err = run("drop", tables, "--columns", columns)
    assert code == 2 and said in err and tables.read_bytes() == before


def test_a_clip_goes_with_its_tables(run, tables):
    assert run("drop", tables, "--columns", "mp4,mp4.packets.npy,sound.packets.npy")[0] == 0
    with Shard(tables) as shard:
        assert shard.columns == ["json"] and shard.json(0)["name"] == "k" and "mp4" not in shard.json(0)["media"]


def test_unfinished_work_is_not_thrown_away(run, data):
    work = work_folder(data / "b.tar")
    work.mkdir()
    with Shard(data / "b.tar") as shard:
        (work / "generation").write_text(f"{shard.generation}\nrun\n")
    code, _, err = run("drop", data, "--columns", "code.npy")
    assert code == StorageError.exit_code and "a curation of it is not finished" in err
    (work / "generation").write_text("of the shard before\n")
    code, out, _ = run("drop", data, "--columns", "code.npy")
    assert code == 0 and not work.exists() and "unfinished work on the shard as it was" in out


@pytest.mark.slow
def test_in_a_store(run, data, store):
    for name in ("a.tar", "a.parquet"):
        store.put(f"bucket/drop/{name}", (data / name).read_bytes())
    assert run("drop", "s3://bucket/drop", "--columns", "code.npy")[0] == 0
    assert run("drop", data / "a.tar", "--columns", "code.npy")[0] == 0
    assert store.get("bucket/drop/a.tar") == (data / "a.tar").read_bytes()
