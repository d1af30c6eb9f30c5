import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from faceshards.errors import StorageError
from faceshards.shards.storage.atomic import AtomicFile, storage_errors, sweep, write_all, write_atomic


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), AtomicFile(path) as file:
        write_all(file.fd, memoryview(b"half"), 0)
        assert path.read_bytes() == b"old"
        raise ZeroDivisionError
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a"]
    with AtomicFile(path) as file:
        write_all(file.fd, memoryview(b"new"), 0)
        file.commit()
    assert path.read_bytes() == b"new" and os.listdir(tmp_path) == ["a"]


def test_what_a_dead_writer_left_is_swept_and_a_living_ones_file_stays(tmp_path):
    (tmp_path / ".a[1].00000000.tmp").touch()
    (tmp_path / ".a1.00000000.tmp").touch()  # of another file
    with AtomicFile(tmp_path / "a[1]") as living:
        assert not (tmp_path / ".a[1].00000000.tmp").exists()
        assert sweep(tmp_path / "a[1]") == [] and living.temporary.exists()
    assert os.listdir(tmp_path) == [".a1.00000000.tmp"]


def test_room_is_taken_at_once(tmp_path):
    with AtomicFile(tmp_path / "a", 1 << 20) as file:
        assert os.fstat(file.fd).st_size == 1 << 20


def test_a_refusal_says_what_to_do_and_what_stands(tmp_path):
    with pytest.raises(StorageError, match="the folder is gone"):
        write_atomic(tmp_path / "none" / "a", b"x")
    with (
        pytest.raises(StorageError, match=r"a: No space left on device: the disk is full"),
        storage_errors(tmp_path / "a"),
    ):
        raise OSError(28, os.strerror(28))
    (tmp_path / "b").touch()
    for number in (errno.EDQUOT, errno.ENOSPC, errno.EROFS, errno.EIO):
        for name, stands in (("a", "no a was made"), ("b", "b stands as it was")):
            with pytest.raises(StorageError) as refused, AtomicFile(tmp_path / name) as file, file.errors():
                raise OSError(number, os.strerror(number))
            assert str(refused.value).endswith(f"({stands})") and "\n" not in str(refused.value)
    with pytest.raises(BlockingIOError), storage_errors(tmp_path):  # a bug, no answer of a disk
        raise BlockingIOError(11, "again")


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o664, 0o444])
def test_a_file_keeps_its_mode(tmp_path, kept):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(kept)
    with AtomicFile(path) as file:
        assert mode(file.temporary) == 0o600, "nobody else may read it on the way"
        file.commit()
    assert mode(path) == kept
    write_atomic(tmp_path / "a.index", b"new", like=path)
    assert mode(tmp_path / "a.index") == kept
    (tmp_path / "a.index").chmod(0o600)
    write_atomic(tmp_path / "a.index", b"newer", like=path)
    assert mode(tmp_path / "a.index") == 0o600, "one that was there keeps its own"


def test_a_file_keeps_its_owner_and_group(tmp_path):
    if os.getuid():
        pytest.skip("only the super-user may give a file away")
    path = tmp_path / "a"
    path.write_bytes(b"old")
    os.chown(path, 1234, 2345)
    write_atomic(path, b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 2345)


def test_where_the_group_cannot_be_kept_ours_may_do_no_more_than_everybody(tmp_path):
    if os.getuid():
        pytest.skip("only the super-user can become nobody")
    path = tmp_path / "open" / "a"
    path.parent.mkdir()
    path.write_bytes(b"old")
    path.chmod(0o664)
    os.chown(path, 0, 2345)
    for folder in (path.parent, *list(tmp_path.parents)[:-2], tmp_path):
        folder.chmod(0o777)
    code = f"""
import os, encodings.unicode_escape
from pathlib import Path
from faceshards.shards.storage.atomic import write_atomic
os.setgroups([]); os.setgid(65534); os.setuid(65534)
write_atomic(Path({str(path)!r}), b"new")
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert path.read_bytes() == b"new" and mode(path) == 0o644 and path.stat().st_gid == 65534


def test_a_link_stays_a_link_and_what_it_leads_to_is_replaced(tmp_path):
    (tmp_path / "data").mkdir()
    real, link = tmp_path / "data" / "a", tmp_path / "link"
    real.write_bytes(b"old")
    real.chmod(0o600)
    link.symlink_to("data/a")
    write_atomic(link, b"new")
    assert link.is_symlink() and real.read_bytes() == b"new" and mode(real) == 0o600
    assert os.listdir(tmp_path / "data") == ["a"]
    real.unlink()
    write_atomic(link, b"again")  # a link that leads nowhere yet
    assert link.is_symlink() and real.read_bytes() == b"again"


def test_what_is_no_file_is_not_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, kind in (("folder", "folder"), ("pipe", "device or a pipe")):
        with pytest.raises(StorageError, match=f"is a {kind}: name a file"):
            write_atomic(tmp_path / name, b"x")


def test_the_last_check_stands_between_the_sync_and_the_rename(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, name=name, real=real: (calls.append(name), real(*args)))
    with AtomicFile(tmp_path / "a") as file:
        file.commit(lambda: calls.append("check"))
    assert calls == ["fsync", "check", "replace", "fsync"]


WRITER = """
import sys
from pathlib import Path
from faceshards.shards.storage.atomic import AtomicFile
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    with AtomicFile(Path(sys.argv[1]), durable=False) as file:
        file.commit()
"""
SWEEPER = """
import sys
from pathlib import Path
from faceshards.shards.storage.atomic import sweep
print("ready", flush=True)
sys.stdin.readline()
while True:
    sweep(Path(sys.argv[1]))
"""


def contend(path: Path, writers: int, times: int) -> None:
    """Processes that write one file over and over, while two others take whatever no living writer holds."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    codes = [WRITER] * writers + [SWEEPER] * 2
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), str(times)], **pipes) for code in codes]
    try:
        assert [process.stdout.readline() for process in running] == ["ready\n"] * len(running)
        for process in running:
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [process.communicate()[1] for process in running[:writers]]
    finally:
        for process in running:
            process.kill()
            process.communicate()
    assert said == [""] * writers
    assert os.listdir(path.parent) == [path.name]


def test_no_sweep_takes_the_file_of_a_living_writer(tmp_path):
    contend(tmp_path / "a", writers=2, times=500)


@pytest.mark.slow
def test_no_sweep_takes_the_file_of_a_living_writer_in_thirty_thousand_writes(tmp_path):
    contend(tmp_path / "a", writers=8, times=3750)
