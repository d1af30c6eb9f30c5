import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from faceshards.errors import StorageError
from faceshards.shards.storage.lease import lease, refuse_local_locks

ROOT = Path(__file__).resolve().parents[3]
HOLDER = """
import sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from faceshards.shards.storage.lease import lease
with lease(Path({path!r})):
    print("held", flush=True)
    time.sleep(60)
"""
FORKING = """
import os, sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from faceshards.shards.storage.lease import lease
with lease(Path({path!r})):
    ready, done = os.pipe()
    child = os.fork()
    if child:
        os.read(ready, 1)
        print(child, flush=True)
    else:
        os.write(done, b"1")
    time.sleep(60)
"""


def holder(path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(root=str(ROOT), path=str(path))], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_told_and_a_killed_holder_holds_nothing(tmp_path):
    shard = tmp_path / "a.tar"
    process = holder(shard)
    with process:
        try:
            with pytest.raises(StorageError, match="another process is writing it") as told, lease(shard):
                pass
            assert f"process {process.pid} of " in str(told.value) and "since 2" in str(told.value)
            assert str(told.value).endswith("wait for it to end, or end it, and run again")
        finally:
            process.kill()
    with lease(shard, patience=60):
        assert [p.name for p in tmp_path.iterdir()] == [".a.tar.lock"]
    assert list(tmp_path.iterdir()) == []


def test_a_forked_child_that_outlives_its_parent_holds_nothing(tmp_path):
    shard = tmp_path / "a.tar"
    process = subprocess.Popen(
        [sys.executable, "-c", FORKING.format(root=str(ROOT), path=str(shard))], stdout=subprocess.PIPE, text=True
    )
    child = int(process.stdout.readline())
    try:
        with pytest.raises(StorageError, match="another process is writing it"), lease(shard):
            pass  # the child has let go, the parent has not
        process.kill()
        process.wait()
        os.kill(child, 0)
        with lease(shard):
            assert [p.name for p in tmp_path.iterdir()] == [".a.tar.lock"]
    finally:
        os.kill(child, signal.SIGKILL)
        process.stdout.close()


def test_all_links_to_a_file_have_one_lease(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.tar").touch()
    (tmp_path / "link.tar").symlink_to("data/a.tar")
    with lease(tmp_path / "link.tar"), pytest.raises(StorageError, match="another process"):
        lease(tmp_path / "data" / "a.tar")


def test_a_holder_whose_lock_was_removed_notices_and_leaves_the_next_ones_alone(tmp_path):
    shard, lock = tmp_path / "a.tar", tmp_path / ".a.tar.lock"
    with lease(shard) as first:
        first.check()
        lock.unlink()
        with lease(shard) as second:
            with pytest.raises(StorageError, match=r"its lock \.a\.tar\.lock was removed"):
                first.check()
            first.release()
            second.check()
    assert not lock.exists()


def test_what_stands_in_a_lock_is_shown_without_its_control_characters(tmp_path):
    with lease(tmp_path / "a.tar", work="write"):
        (tmp_path / ".a.tar.lock").write_bytes(b"\x1b[31mred\xff" + bytes(300))
        with pytest.raises(StorageError, match=r"writing it \(\[31mred\ufffd\): wait"):
            lease(tmp_path / "a.tar")


def test_a_lock_may_be_taken_by_all_who_may_write_in_its_folder(tmp_path):
    tmp_path.chmod(0o775)
    with lease(tmp_path / "a.tar"):
        assert (tmp_path / ".a.tar.lock").stat().st_mode & 0o777 == 0o664


def test_a_lock_that_is_a_link_is_not_written_through(tmp_path):
    (tmp_path / "victim").write_bytes(b"dear")
    (tmp_path / ".a.tar.lock").symlink_to("victim")
    with pytest.raises(StorageError, match="a link stands where none may: remove it"):
        lease(tmp_path / "a.tar")
    assert (tmp_path / "victim").read_bytes() == b"dear"


LINE = "36 35 0:42 / {point} rw,relatime shared:1 - {kind} server:/x {options}\n"


@pytest.mark.parametrize(
    ("kind", "options", "refused"),
    [
        ("nfs4", "rw,vers=4.2,local_lock=none", False),
        ("nfs", "rw,vers=3,nolock", True),
        ("nfs", "rw,local_lock=all", True),
        ("ext4", "rw,nolock", False),
    ],
)
def test_a_mount_whose_locks_stay_on_one_host_is_refused_by_name(tmp_path, kind, options, refused):
    mounts = tmp_path / "mountinfo"
    mounts.write_text("1 0 8:1 / / rw - ext4 /dev/x rw\n" + LINE.format(point=tmp_path, kind=kind, options=options))
    if refused:
        with pytest.raises(StorageError, match=kind):
            refuse_local_locks(tmp_path, mounts)
    else:
        refuse_local_locks(tmp_path, mounts)
