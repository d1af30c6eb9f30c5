import subprocess
import sys
import threading
import time

import pytest

from faceshards.errors import StorageError
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.remote.lease import StoreLease
from faceshards.shards.storage.url import Url

SHARD = Url.parse("s3://b/x/a.tar")
QUICK = {"beat": 0.2, "silence": 2.4}


def take(**more) -> StoreLease:
    return StoreLease(SHARD, StoreOptions(), **QUICK, **more)


def test_a_living_holder_keeps_the_second_out(store):
    held = take()
    with pytest.raises(StorageError, match="another process is writing it"):
        take()
    held.release()
    take().release()


def test_waiting_ends_when_the_holder_gives_it_up(store):
    held = take()
    threading.Timer(0.8, held.release).start()
    second = take(patience=60)
    assert not second.lost
    second.release()


def test_a_dead_holders_lease_is_taken_over(store):
    code = f"""
import os, signal
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.url import Url
from faceshards.shards.storage.remote.lease import StoreLease
StoreLease(Url.parse("{SHARD}"), StoreOptions(), beat=0.2, silence=1.2)
os.kill(os.getpid(), signal.SIGKILL)
"""
    # Another host's name changes nothing: no name is looked at.
    wrapper = ["unshare", "--uts", "sh", "-c", 'hostname elsewhere; exec "$@"', "sh"]
    if subprocess.run([*wrapper, "true"], capture_output=True).returncode:
        wrapper = []
    run = subprocess.run([*wrapper, sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode in (-9, 137), run.stderr
    started = time.monotonic()
    held = take()
    assert time.monotonic() - started >= QUICK["silence"]
    held.release()


def test_times_and_names_in_a_lease_mean_nothing(store):
    """A lease from a host whose clock is an hour ahead, or whose name is ours, counts by its silence alone."""
    for body in (b"2036-01-01T00:00:00Z", b"1970-01-01", b"\0\xff", b""):
        store.put("b/x/.a.tar.lock", body or b" ")
        held = take()
        assert store.get("b/x/.a.tar.lock") != body and not held.lost
        held.release()


def test_a_holder_that_was_taken_for_dead_notices(store):
    held = take()
    store.put("b/x/.a.tar.lock", b"another's")
    deadline = time.monotonic() + 60
    while not held.lost and time.monotonic() < deadline:
        time.sleep(0.05)
    with pytest.raises(StorageError, match="another writes it now"):
        held.check()
    held.release()
    assert store.get("b/x/.a.tar.lock") == b"another's", "a lease is removed by its holder only"


def test_no_clock_of_the_wall_is_read():
    import inspect

    from faceshards.shards.storage.remote import lease

    source = inspect.getsource(lease)
    assert "time.time" not in source and "datetime" not in source and "hostname" not in source
