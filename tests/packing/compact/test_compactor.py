"""What a compaction writes, what it leaves alone, and how one goes on that was ended."""

import io
import json
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from faceshards.shards.reader import Shard
from faceshards.shards.repair.verify import verify
from faceshards.shards.rewrite import rewrite
from faceshards.shards.storage.lease import lease
from tests.conftest import ROOT

#: The command in a process that dies at the nth call of a function.
KILLED = """
import os, signal, sys
from faceshards.__main__ import main
from faceshards.packing.compact.compactor import Compactor
from faceshards.packing.output import Output
home, name, left = {"add": (Output, "add"), "done": (Compactor, "_done")}[sys.argv[1]] + (int(sys.argv[2]),)
old = getattr(home, name)
def dying(*given):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return old(*given)
setattr(home, name, dying)
main(sys.argv[3:])
"""


def killed(call, number, *words):
    line = [sys.executable, "-c", KILLED, call, str(number), *words]
    done = subprocess.run(line, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize(
    ("call", "number", "kept"), [pytest.param("add", 5, 3, marks=pytest.mark.slow), ("done", 3, 2)]
)
def test_a_run_that_was_killed_goes_on_behind_what_it_finished(run, world, shards, call, number, kept):
    """At work on a shard; and when one stands, before the report says so."""
    words = ["compact", "set", "--where", "true", "--max-bytes", "64K"]
    assert run(*words[:2], "whole", *words[2:])[0] == 0
    assert run("compact", "set", "whole2", *words[2:])[0] == 0 and shards.bytes(Path("whole")) == shards.bytes(
        Path("whole2")
    )
    assert run("compact", "set", "good", "--where", "face_share < 1", "--max-bytes", "64K")[0] == 0  # what is replaced
    killed(call, number, *words[:2], "good", *words[2:])
    finished = {file: file.stat() for file in sorted(Path("good").glob("*.tar"))[:kept]}
    for file in Path("good").glob("*.tar"):
        verify(file)  # none is half there
    assert finished[Path("good/set-00000.tar")].st_size == Path("whole/set-00000.tar").stat().st_size
    assert json.loads(Path("good/set.compact.json").read_text())["error"] == "not finished"
    code, out, _ = run(*words[:2], "good", *words[2:])
    assert code == 0 and "6 of 6 clips" in out and not list(Path("good").glob(".*.tmp"))
    assert shards.bytes(Path("good")) == shards.bytes(Path("whole"))
    assert all(file.stat().st_mtime_ns == before.st_mtime_ns for file, before in finished.items()), "made once"
    record = json.loads(Path("good/set.compact.json").read_text())
    assert record["files"] == [str(file) for file in sorted(Path("good").glob("*.tar"))] and record["seen"] == 6


def test_a_second_run_does_nothing_also_when_the_new_shards_were_enriched(run, world, shards):
    words = ["compact", "set", "good", "--where", "face_share > 0.6"]
    assert run(*words)[0] == 0
    before = {file: file.stat().st_mtime_ns for file in Path("good").iterdir()}
    code, out, _ = run(*words)
    assert code == 0 and "already compacted" in out and "2 of 6 clips" in out
    assert {file: file.stat().st_mtime_ns for file in Path("good").iterdir()} == before
    rewrite("good/set-00000.tar", {"own.txt": lambda row: b"mine"})
    assert "already compacted" in run(*words)[1]
    code, _, err = run("compact", "set", "good", "--where", "true")
    assert code == 2 and "set-00000.tar was changed since it was compacted" in err and err.count("\n") == 1
    assert run("compact", "set", "good", "--where", "true", "--force")[0] == 0
    assert len(shards.keys(Path("good"))) == 6


def test_another_filter_replaces_what_the_same_shards_gave_and_nothing_else(run, world, shards):
    assert run("compact", "set", "good", "--where", "true", "--max-bytes", "64K")[0] == 0
    assert len(list(Path("good").glob("*.tar"))) == 6
    assert run("compact", "set", "good", "--where", "face_share = 1")[0] == 0
    assert shards.keys(Path("good")) == ["k1"], "the clips of before are not there once more"
    shards.write(Path("set/b.tar"), {"other": {}})
    code, _, err = run("compact", "set", "good", "--where", "true")
    assert code == 2 and "holds clips of shards that are no longer what they were" in err
    Path("mine").mkdir()
    Path("mine/set-00000.tar").write_bytes(b"a user's own")
    code, _, err = run("compact", "set", "mine", "--where", "true")
    assert code == 2 and "was not made by compacting this source" in err
    assert Path("mine/set-00000.tar").read_bytes() == b"a user's own"


def test_columns_that_some_shards_lack_are_not_yet_made(run, world, shards):
    assert run("compact", "set", "good", "--where", "true")[0] == 0
    before = [one for name in ("a", "b") for one in shards.of(f"set/{name}.tar")]
    after = shards.read(Path("good"))
    assert [key for key, _ in after] == ["k0", "k1", "k2", "k3", "k1-2", "z"]
    for (_, old), (_, new) in zip(before, after, strict=True):
        assert {name: body for name, body in new.items() if name in old and name != "json"} == {
            name: body for name, body in old.items() if name != "json"
        }
    assert [new["json"] == old["json"] for (_, old), (_, new) in zip(before, after, strict=True)] == [True] * 4 + [
        False
    ] * 2
    with Shard("good/set-00000.tar") as shard:
        assert [shard.state(row, "faces.msg") for row in range(6)] == [
            "done",
            "done",
            "failed",
            "done",
            *["not yet"] * 2,
        ]
        assert shard.json(4)["name"] == "k1" and shard.json(4)["states"] == {"faces.msg": "not yet"}


def test_containers_stand_in_shards_of_their_own(run, world, shards):
    shards.write(Path("set/c.tar"), {"m": {}}, container="mpg")
    shards.write(Path("set/d.tar"), {"p": {}}, container="png")
    assert run("compact", "set", "good", "--where", "true")[0] == 0
    names = ["set-00000.tar", "set-mpg-00000.tar", "set-png-00000.tar"]
    assert sorted(file.name for file in Path("good").glob("*.tar")) == names
    for name, key in zip(names[1:], "mp", strict=True):
        assert [one for one, _ in shards.of(f"good/{name}")] == [key]


def test_a_tar_of_others_becomes_shards_of_ours(run, world, shards):
    with tarfile.open("foreign.tar", "w") as out:
        for name in ("dir/a b.jpg", "dir/a b.cls", "c.jpg"):
            member = tarfile.TarInfo(name)
            member.size = 3
            out.addfile(member, io.BytesIO(b"abc"))
    Path("foreign").mkdir()
    Path("foreign.tar").rename("foreign/x.tar")
    assert run("compact", "foreign", "good", "--where", "true")[0] == 0
    assert shards.read(Path("good")) == [
        ("dir=2Fa=20b", {"json": b'{"name":"dir/a b"}', "cls": b"abc", "jpg": b"abc"}),
        ("c", {"json": b'{"name":"c","states":{"cls":"not yet"}}', "cls": b"", "jpg": b"abc"}),
    ]
    verify("good/foreign-00000.tar")


def test_a_damaged_member_stops_it_by_name_and_no_half_shard_stands(run, world, shards):
    body = bytearray(Path("set/b.tar").read_bytes())
    body[body.rindex(b"b z") - 9] ^= 1
    Path("set/b.tar").write_bytes(body)
    code, out, err = run("compact", "set", "good", "--where", "true", "--max-bytes", "64K")
    assert (code, out, err.count("\n")) == (1, "", 1) and "b.tar" in err and "restore the shard" in err
    assert len(shards.keys(Path("good"))) == 5
    assert "restore" in json.loads(Path("good/set.compact.json").read_text())["error"]


def test_of_two_runs_the_second_is_told(run, world):
    Path("good").mkdir()
    with lease(Path("good/set.compact.json")):
        code, _, err = run("compact", "set", "good", "--where", "true")
    assert code == 1 and "another process is writing it" in err and err.count("\n") == 1


def test_from_a_folder_that_may_not_be_written(run, world, shards):
    for file in Path("set").glob("*.parquet"):
        file.unlink()
    Path("set").chmod(0o555)
    try:
        assert run("compact", "set", "good", "--where", "true")[0] == 0
    finally:
        Path("set").chmod(0o755)
    assert len(shards.keys(Path("good"))) == 6
