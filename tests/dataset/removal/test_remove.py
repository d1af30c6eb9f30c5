"""`faceshards remove`, as it is typed: what goes, what stays, what is told."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from faceshards.jobs.work_place import work_folder
from faceshards.loaders import ShardDataset
from faceshards.loaders.webdataset.tar_reader import tar_samples
from faceshards.shards.index.dataset import open_dataset
from faceshards.shards.reader import Shard
from faceshards.shards.storage.lease import lease
from tests.dataset.four_persons import clip_of, members

BECAUSE = ("--reason", "request of 28 November")
ROOT = Path(__file__).resolve().parents[3]


def all_bytes(folder: Path) -> bytes:
    """Every byte of every file below a folder, hidden ones among them."""
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def test_a_person_is_gone_and_the_rows_keep_their_numbers(run, data):
    before = {name: members(data / f"{name}.tar") for name in "ab"}
    open_dataset(data), open_dataset(data.parent)
    code, _, err = run("remove", data, "--identity", "ann", *BECAUSE, "--twins")
    assert code == 0, err
    after = {name: members(data / f"{name}.tar") for name in "ab"}
    assert list(after["a"]) == ["ann-1", "bob-1", "ann-2", "cy-1"]
    for key in ("ann-1", "ann-2"):
        facts = json.loads(after["a"][key]["json"])
        assert facts.pop("removed") == "request of 28 November"
        assert set(facts) == {"states"} and set(facts["states"].values()) == {"n/a"} and len(facts["states"]) == 5
        with Shard(data / "a.tar") as shard:
            assert all(shard.state(shard.row(key), name) == "n/a" for name in shard.columns if name != "json")
    assert after["a"]["bob-1"] == before["a"]["bob-1"] and after["b"]["bob-2"] == before["b"]["bob-2"]
    left = all_bytes(data.parent)
    assert clip_of("ann-1") not in left and b"the face of ann" not in left and b"take of ann" not in left
    assert run("index", data, "--verify")[0] == 0
    assert all(after["a"]["cy-1"][name] == before["a"]["cy-1"][name] for name in ("mp4", "faces.msg", "code.npy"))


def test_what_was_made_with_it_is_listed_and_taken_back_with_twins(run, data):
    code, out, err = run("remove", data, "--key", "ann-1", *BECAUSE, "--json")
    assert f"faceshards remove {data / 'a.tar'} --key ann-1 --reason 'request of 28 November' --twins" in err
    record = json.loads(out)
    assert code == 0 and record["affected"] == [
        {
            "shard": str(data / "a.tar"),
            "key": "cy-1",
            "stages": ["swap", "sync"],
            "columns": ["swapped.mp4", "tracks_sync.npy"],
        }
    ]
    assert members(data / "a.tar")["cy-1"]["swapped.mp4"] and not record["undone"]
    code, out, _ = run("remove", data, "--key", "ann-2", *BECAUSE)
    assert "dan-1" in out, "found in another shard, by size and checksum of what its stage saw"
    assert f"faceshards curate {data / 'b.tar'} --stages swap,sync" in out, "its key is in no shard with that clip"
    assert run("remove", data, "--key", "ann-1", *BECAUSE, "--twins")[0] == 0, "the row is a tombstone by now"
    with Shard(data / "a.tar") as shard:
        row, facts = shard.row("cy-1"), shard.json(shard.row("cy-1"))
        assert shard.state(row, "swapped.mp4") == shard.state(row, "tracks_sync.npy") == "not yet"
        assert not {"swapped_source", "sync_confidence", "media"} & facts.keys() and facts["lufs"] == -23.0
        assert set(facts["inputs"]) == {"faces"} and set(facts["made"]) == {"mp4", "faces.msg", "lufs"}
        assert {made.stage for made in shard.provenance.values()} == {"pack", "faces", "loudness"}


def test_a_second_run_does_nothing(run, data):
    assert run("remove", data, "--key", "bob-1", *BECAUSE)[0] == 0
    before = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in data.iterdir()}
    code, out, _ = run("remove", data, "--key", "bob-1", *BECAUSE)
    assert code == 0 and "already removed: 1 row(s)" in out
    assert {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in data.iterdir()} == before


def test_the_key_goes_too_where_it_says_who_it_was(run, data):
    assert run("remove", data, "--identity", "dan", *BECAUSE, "--rename")[0] == 0
    assert list(members(data / "b.tar")) == ["bob-2", "removed-1"]
    assert b"dan" not in all_bytes(data)
    code, _, err = run("remove", data, "--identity", "dan", *BECAUSE)
    assert code == 2 and "no sample is of the identity 'dan', or all were removed before" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--key", "eve-1"), "no sample has the key 'eve-1', in 2 shard(s): nothing was removed"),
        (("--key", "bob-1", "--key", "eve-1"), "no sample has the key 'eve-1'"),
        (("--identity", "ann", "--where", "frames > 1000"), "no sample that is named matches where='frames > 1000'"),
        ((), "name what is to be removed: --key KEY, --identity PERSON or --where FILTER"),
        (("--where", "no_such > 1"), "there is no column 'no_such'"),
    ],
)
def test_what_is_not_there_is_said_and_nothing_changes(run, data, words, said):
    before = all_bytes(data)
    code, _, err = run("remove", data, *words, *BECAUSE)
    assert code == 2 and said in err and all_bytes(data) == before


def test_a_reason_is_asked_for(run, data):
    assert run("remove", data, "--key", "bob-1")[0] == 2
    code, _, err = run("remove", data, "--key", "bob-1", "--reason", "two\nlines")
    assert code == 2 and "--reason must be a line of 1 to 500 letters" in err


def test_a_plan_changes_nothing(run, data):
    before = all_bytes(data)
    code, out, _ = run("remove", data, "--where", "identity = 'bob'", *BECAUSE, "--plan")
    assert code == 0 and all_bytes(data) == before
    assert "To remove" in out and "nothing was changed" in out and "a.tar" in out and "b.tar" in out


def test_nothing_beside_the_shard_holds_it_any_more(run, data):
    work = work_folder(data / "a.tar")
    work.mkdir()
    (work / "generation").write_text("of the shard before\n")
    (work / "spill.000001.h-1").write_bytes(clip_of("bob-1"))
    report = {
        "traces": [{"stage": "swap", "clip": "bob-1", "trace": "..."}, {"stage": "swap", "clip": "cy-1"}],
        "seen": 4,
    }
    (data / "a.curate.json").write_text(json.dumps(report))
    (data / "a.tar.damaged").write_bytes(clip_of("bob-1"))
    code, out, _ = run("remove", data, "--identity", "bob", *BECAUSE)
    assert code == 0 and not work.exists() and "unfinished work" in out
    assert json.loads((data / "a.curate.json").read_text()) == {**report, "traces": report["traces"][1:]}
    assert "a.tar.damaged is no shard, and may hold any clip" in out.replace("\n", " ")


def test_a_removal_that_was_ended_behind_the_new_shard_is_finished_by_the_next(run, data):
    cached = open_dataset(data)
    stale = (data / ".faceshards.arrow").read_bytes()
    assert cached is not None and run("remove", data, "--key", "bob-1", *BECAUSE)[0] == 0
    (data / ".faceshards.arrow").write_bytes(stale)  # as a kill would have left it
    code, out, _ = run("remove", data, "--key", "bob-1", *BECAUSE)
    assert code == 0 and not (data / ".faceshards.arrow").exists() and "a cache that is made again" in out


@pytest.mark.slow
def test_a_kill_leaves_the_old_shard_or_the_new_one(data):
    """Killed right before the new shard takes its name, and right behind that."""
    code = """
import os, sys
from faceshards.__main__ import main
from faceshards.shards.storage import atomic
real = os.replace
def replace(old, new):
    if str(new).endswith(".tar"):
        if sys.argv[1] == "behind":
            real(old, new)
        os.kill(os.getpid(), 9)
    real(old, new)
atomic.os.replace = replace
main(["remove", sys.argv[2], "--key", "ann-1", "--reason", "r", "--rename"])
"""
    (data / "a.curate.json").write_text(json.dumps({"traces": [{"clip": "ann-1"}, {"clip": "cy-1"}]}))
    before = members(data / "a.tar")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    for when in ("before", "behind"):
        done = subprocess.run([sys.executable, "-c", code, when, str(data)], env=env, capture_output=True)
        assert done.returncode == -9
        after = members(data / "a.tar")
        assert (after == before) == (when == "before")
    assert all(after[key] == before[key] for key in ("bob-1", "ann-2", "cy-1"))
    assert "ann-1" not in after and sum(b"removed" in one["json"] for one in after.values()) == 1
    assert json.loads((data / "a.curate.json").read_text()) == {"traces": [{"clip": "cy-1"}]}


def test_another_writer_is_told_and_the_other_shards_are_done(run, data):
    with lease(data / "a.tar"):
        code, _, err = run("remove", data, "--identity", "bob", *BECAUSE)
    assert code == 1 and "a.tar" in err
    assert b"removed" in members(data / "b.tar")["bob-2"]["json"] and members(data / "a.tar")["bob-1"]["mp4"]
    assert run("remove", data, "--identity", "bob", *BECAUSE)[0] == 0
    assert not members(data / "a.tar")["bob-1"]["mp4"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_told_in_a_line(run, data):
    data.chmod(0o555)
    try:
        code, _, err = run("remove", data, "--key", "bob-1", *BECAUSE)
    finally:
        data.chmod(0o755)
    assert code == 1 and "permission" in err and members(data / "a.tar")["bob-1"]["mp4"]


def test_in_a_store(run, data, store):
    for name in "ab":
        for suffix in ("tar", "parquet"):
            store.put(f"bucket/set/{name}.{suffix}", (data / f"{name}.{suffix}").read_bytes())
    assert run("remove", "s3://bucket/set", "--identity", "ann", *BECAUSE, "--twins")[0] == 0
    assert run("remove", data, "--identity", "ann", *BECAUSE, "--twins")[0] == 0
    for name in ("a.tar", "a.parquet", "b.tar", "b.parquet"):
        assert store.get(f"bucket/set/{name}") == (data / name).read_bytes()
    code, out, _ = run("remove", "s3://bucket/set", "--key", "ann-1", *BECAUSE)
    assert code == 0 and "already removed" in out


def test_loaders_pass_over_it_and_say_so(run, data):
    epoch = [row["__key__"] for row in ShardDataset(data, ["json", "mp4"])]
    assert run("remove", data, "--key", "ann-1", "--key", "dan-1", *BECAUSE)[0] == 0
    dataset = ShardDataset(data, ["json", "mp4"])
    assert sorted(row["__key__"] for row in dataset) == sorted({*epoch} - {"ann-1", "dan-1"})
    assert len(dataset) == 4 and "rows      4 of 4, and 2 removed on request" in str(dataset.explain())
    assert len(ShardDataset(data, ["json"], where="true")) == 4
    shards = [{"url": str(data / name)} for name in ("a.tar", "b.tar")]
    assert [one["__key__"] for one in tar_samples(shards)] == ["bob-1", "ann-2", "cy-1", "bob-2"]
    assert [one["__key__"] for one in tar_samples(shards, where="true")] == ["bob-1", "ann-2", "cy-1", "bob-2"]


@pytest.mark.parametrize("renamed", [(), ("--rename",)])
def test_a_loader_that_runs_meanwhile_puts_another_in_its_place(run, data, renamed):
    loader = ShardDataset(data, ["json"], max_faults=1).loader(1)
    assert run("remove", data, "--key", "bob-1", *BECAUSE, *renamed)[0] == 0
    keys = [batch["__key__"][0] for batch in loader]
    assert len(keys) == 6 and "bob-1" not in keys and [fault.key for fault in loader.faults] == ["bob-1"]


def test_inspect_counts_it_and_compact_leaves_it_behind(run, data, tmp_path):
    assert run("remove", data, "--identity", "ann", *BECAUSE)[0] == 0
    record = json.loads(run("inspect", data, "--json")[1])["total"]
    assert (record["samples"], record["whole"], record["removed"]) == (6, 4, 2)
    assert "2 of the samples were removed on request" in run("inspect", data)[1]
    code, out, _ = run("compact", data, tmp_path / "fewer", "--where", "true", "--json")
    report = json.loads(out)
    assert code == 0 and (report["seen"], report["whole"], report["counts"]["removed"]) == (4, 4, 2)
    assert list(members(tmp_path / "fewer" / "set-00000.tar")) == ["bob-1", "cy-1", "bob-2", "dan-1"]


def test_explain_says_why_there_is_nothing(run, data):
    assert run("remove", data, "--key", "ann-1", *BECAUSE)[0] == 0
    for column in (["mp4"], ["face.jpg"], []):
        code, out, _ = run("explain", data, "ann-1", *column)
        assert code == 0 and "the sample was removed: request of 28 November" in out
        assert "faceshards curate" not in out


def test_a_key_that_several_shards_have_is_asked_about(run, data):
    shutil.copy(data / "a.tar", data / "c.tar")
    code, _, err = run("remove", data, "--key", "bob-1", *BECAUSE)
    assert code == 2 and "name the shard, or give --everywhere" in err and members(data / "a.tar")["bob-1"]["mp4"]
    assert run("remove", data, "--key", "bob-1", *BECAUSE, "--everywhere")[0] == 0
    assert not any(members(data / name)["bob-1"]["mp4"] for name in ("a.tar", "c.tar"))
