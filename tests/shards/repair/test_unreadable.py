"""Files that may not be read, folders that may not be written: the rest is done, and what is said is true."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from faceshards.__main__ import main
from faceshards.bench.object_store import ObjectStore
from faceshards.shards.repair.checkup import check_up
from faceshards.shards.writer import ShardWriter

ROOT = Path(__file__).resolve().parents[3]
#: Commands as a user who is not root; as root first on `warm`, so that all is imported.
AS_NOBODY = """
import contextlib, io, json, os, sys
from faceshards.__main__ import main
def run(words):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(words)
        except SystemExit as end:
            code = end.code or 0
    return code, out.getvalue(), err.getvalue()
for command in ("index", "inspect"):
    run([command, "warm", "--deep", "--json"]), run([command, "warm"]) # json and tables
os.setgid(65534); os.setuid(65534)
print(json.dumps([run(words) for words in json.loads(sys.argv[1])]))
"""


def make(path):
    path.parent.mkdir(exist_ok=True)
    with ShardWriter(path) as writer:
        writer.add("k", {"json": {"name": "n"}, "mp4": b"x" * 100})
    path.with_suffix(".parquet").unlink()
    return path


@pytest.fixture
def as_nobody(tmp_path):
    """as_nobody(lines): (exit code, stdout, stderr) of each command line, run by a user who owns nothing."""
    if os.getuid():
        pytest.skip("only root becomes another user")
    make(tmp_path / "warm" / "w.tar")
    os.chmod(tmp_path, 0o755)

    def run(*lines):
        words = [sys.executable, "-c", AS_NOBODY, json.dumps(lines)]
        env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
        done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, env=env)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_one_file_that_may_not_be_read_is_named_and_the_rest_is_done(as_nobody, tmp_path):
    for name in ("a", "b", "c"):
        make(tmp_path / "set" / f"{name}.tar")
    os.chmod(tmp_path / "set", 0o777)
    os.chmod(tmp_path / "set" / "b.tar", 0o000)
    told = as_nobody(
        ["index", "set"], ["inspect", "set", "--json"], ["inspect", "set"], ["index", "set", "--deep", "--json"]
    )
    (index, inspected, shown, deep) = told
    assert [code for code, _, _ in told] == [1, 1, 1, 1] and all(err.count("\n") == 1 for _, _, err in told)
    assert "1 of 3 shards cannot be read: set/b.tar: Permission denied" in index[2] and "repair" not in index[2]
    assert "unread   b.tar: set/b.tar: Permission denied" in index[1] and (tmp_path / "set" / "c.parquet").exists()
    states = {one["path"]: one["health"]["state"] for one in json.loads(inspected[1])["shards"]}
    assert states == {"set/a.tar": "whole", "set/b.tar": "unreadable", "set/c.tar": "whole"}
    assert "1 of 3 shards unreadable: set/b.tar: Permission denied" in inspected[2] == shown[2]
    assert "health: 2 whole + 1 unreadable = 3 shards" in shown[1]
    total = json.loads(deep[1])["total"]
    assert (total["whole"], total["unreadable"], total["damaged"], total["broken"]) == (2, 1, 0, 0)


def test_a_whole_shard_in_a_folder_that_may_not_be_written_is_whole(as_nobody, tmp_path):
    make(tmp_path / "set" / "a.tar")
    os.chmod(tmp_path / "set", 0o555)
    index, deep, inspected = as_nobody(["index", "set"], ["index", "set", "--deep"], ["inspect", "set"])
    assert index[0] == 1 and "1 of 1 indexes cannot be written: a.tar: readers make them anew" in index[2]
    assert "repair" not in index[1] + index[2] and "unsaved  a.tar: " in index[1] and "broken" not in index[1]
    assert (deep[0], inspected[0]) == (0, 0) and "1 shards = 1 whole" in deep[1]


def test_links_that_lead_nowhere_end_nothing(tmp_path):
    (tmp_path / "loop.tar").symlink_to("loop.tar")
    assert check_up(tmp_path / "loop.tar", "bytes").state == "unreadable"


def test_an_object_that_may_not_be_read_is_named_and_one_that_is_not_there_is_exit_code_2(
    monkeypatch, tmp_path, capsys
):
    def run(*words):
        with pytest.raises(SystemExit) as end:
            main(list(words))
        said = capsys.readouterr()
        assert said.err.count("\n") == 1, said.err
        return end.value.code, said.out, said.err

    with ObjectStore(tmp_path / "store") as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        for name in ("a", "b"):
            store.put(f"bucket/set/{name}.tar", make(tmp_path / f"{name}.tar").read_bytes())
        store.fail("status", operation="GetObject", key="a.tar", times=9, status=403)
        code, out, err = run("inspect", "s3://bucket/set", "--json")
        assert code == 1 and "s3://bucket/set/a.tar: the store answers 403" in err
        assert [one["samples"] for one in json.loads(out)["shards"]] == [0, 1]
        for command in ("inspect", "index"):
            code, _, err = run(command, "s3://bucket/set/none.tar")
            assert code == 2 and "s3://bucket/set/none.tar: no such object" in err
