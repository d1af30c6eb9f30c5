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
            with pytest.raises(StorageError, match="another process"), lease(shard):
                pass
        finally:
            process.kill()
    with lease(shard, wait=True):
        assert [p.name for p in tmp_path.iterdir()] == [".a.tar.lock"]
    assert list(tmp_path.iterdir()) == []


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
