"""Rewriting a shard in a store: the bytes of a local rewrite, one winner, nothing half done, nothing left behind."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from faceshards.errors import ShardError, StorageError
from faceshards.shards.reader import Shard
from faceshards.shards.repair.verify import verify
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.extent import FileExtent
from faceshards.shards.storage.remote import Changed, StoreOptions, open_store
from faceshards.shards.writer import ShardWriter
from tests.shards.storage.remote.test_objects import make, upload

pytest.importorskip("boto3", reason="writing to S3 needs the extra s3")

URL, KEY = "s3://b/VFHQ/a.tar", "b/VFHQ/a.tar"


def number(row: int) -> bytes:
    return encode("new.npy", np.full(3, row))


def add(where, options=None, name="new.npy", body=number):
    return rewrite(
        where, {name: body}, lambda row, old: {**old, name[:-4]: row}, [Provenance(name, 1, {})], options=options
    )


def leftovers(store) -> list[str]:
    """Unfinished uploads and leases."""
    import boto3

    client = boto3.client("s3", endpoint_url=store.endpoint)
    uploads = client.list_multipart_uploads(Bucket="b").get("Uploads", [])
    keys = [one["Key"] for one in client.list_objects_v2(Bucket="b").get("Contents", [])]
    return [one["Key"] for one in uploads] + [key for key in keys if key.rpartition("/")[2].startswith(".")]


@pytest.fixture
def local(tmp_path):
    """A shard of a few parts: 24 MB."""
    return make(tmp_path / "a.tar", samples=12, video=2_000_000)


def test_the_bytes_are_those_of_a_local_rewrite(store, local):
    upload(store, local)
    written = add(URL)
    operations = [line["operation"] for line in store.log()]
    add(local)
    assert store.get(KEY) == local.read_bytes()
    assert store.get("b/VFHQ/a.parquet") == local.with_suffix(".parquet").read_bytes()
    assert (written.bytes, written.samples) == (local.stat().st_size, 12) and str(written.path) == URL
    assert operations.count("UploadPart") == -(-written.bytes // (8 << 20)) and not leftovers(store)
    assert verify(URL, deep=True).whole
    with Shard(URL) as shard:
        assert shard.get(7, "new.npy").tolist() == [7, 7, 7] and shard.json(7)["new"] == 7


def test_each_byte_is_read_once_and_sent_once(store, local):
    upload(store, local)
    add(URL)
    log = store.log()
    read = sum(line["sent"] for line in log if line["operation"] == "GetObject")
    sent = sum(line["received"] for line in log if line["operation"] == "UploadPart")
    size = local.stat().st_size
    assert size <= read < 1.02 * size and size < sent < 1.02 * size


def test_a_new_shard_is_written_straight_into_the_store(store, tmp_path):
    local = make(tmp_path / "n.tar")
    with Shard(local) as shard, ShardWriter("s3://b/n.tar", provenance=[Provenance("pack", 1, {})]) as writer:
        for row, key in enumerate(shard.keys):
            writer.add(key, {name: shard.pinned(row, name) for name in shard.columns})
    assert store.get("b/n.tar") == local.read_bytes()
    before = store.get("b/n.tar")
    with pytest.raises(Changed), ShardWriter("s3://b/n.tar") as writer:
        writer.add("k", {"json": {}})
    assert store.get("b/n.tar") == before and not leftovers(store)


def test_an_exception_leaves_nothing(store, local):
    upload(store, local)
    before = store.get(KEY)

    def fails(row):
        if row == 9:
            raise ValueError("a stage")
        return number(row)

    with pytest.raises(ValueError, match="a stage"):
        add(URL, body=fails)
    assert store.get(KEY) == before and not leftovers(store)


def test_a_shard_that_changes_meanwhile_is_not_overwritten(store, local, tmp_path):
    upload(store, local)
    other = make(tmp_path / "o.tar", samples=3)

    def meddle(row):
        if row == 11:
            store.put(KEY, other.read_bytes())
        return number(row)

    with pytest.raises(Changed, match="changed meanwhile"):
        add(URL, body=meddle)
    assert store.get(KEY) == other.read_bytes() and not leftovers(store)


def test_a_change_at_the_very_end_is_seen_by_the_store(store, local, tmp_path):
    """After every byte was read: only the condition on the completion is left to notice."""
    upload(store, local)
    other = make(tmp_path / "o.tar", samples=3)
    store.put("b/other.tar", other.read_bytes())
    store.fail("swap", operation="CompleteMultipartUpload", other="b/other.tar")
    with pytest.raises(Changed):
        add(URL)
    assert store.get(KEY) == other.read_bytes() and not leftovers(store)


def test_damage_in_the_store_stops_the_rewrite(store, local):
    upload(store, local)
    body = bytearray(store.get(KEY))
    with Shard(local) as shard:
        body[shard.extent(5, "mp4").offset + 99] ^= 1
    store.put(KEY, bytes(body))
    with pytest.raises(ShardError, match="restore the shard"):
        add(URL)
    assert store.get(KEY) == body and not leftovers(store)


@pytest.mark.parametrize(
    "rule",
    [
        {"does": "status", "status": 500, "operation": "UploadPart", "times": 2},
        {"does": "status", "status": 503, "operation": "CompleteMultipartUpload"},
        {"does": "reset", "operation": "UploadPart", "times": 2},
        {"does": "status", "status": 503, "operation": "CreateMultipartUpload"},
        {"does": "stall", "operation": "GetObject", "seconds": 3, "skip": 4},
        {"does": "truncate", "operation": "GetObject", "skip": 3},
    ],
)
def test_faults_that_pass_are_outlived(store, local, options, rule):
    upload(store, local)
    store.fail(**rule)
    add(URL, options)
    add(local)
    assert store.get(KEY) == local.read_bytes() and not leftovers(store)


@pytest.mark.parametrize("operation", ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"])
def test_a_permission_that_is_lost_leaves_the_old_shard(store, local, operation):
    upload(store, local)
    before = store.get(KEY)
    store.fail("status", status=403, operation=operation, times=100)
    with pytest.raises(StorageError, match="check the credentials"):
        add(URL)
    store.heal()
    assert store.get(KEY) == before and not leftovers(store)


def test_memory_is_bounded_by_parts_not_by_the_shard(store, tmp_path):
    """A shard of 150 MB: what the rewriting process takes beyond its imports stays below 100 MB."""
    upload(store, make(tmp_path / "big.tar", samples=10, video=15_000_000), "b/big.tar")
    run = child("print(grown())", "s3://b/big.tar")
    assert run.returncode == 0, run.stderr
    assert int(run.stdout.split()[-1]) < 100 << 20


CHILD = """
import resource, sys
import numpy as np
from faceshards.shards.schema.codecs import encode
from faceshards.shards.storage.extent import FileExtent
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.rewrite import rewrite
from faceshards.shards.storage.remote import StoreOptions
import boto3, obstore
boto3.client("s3")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
def grown():
    return 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
rewrite({url!r}, {{"new.npy": lambda row: encode("new.npy", np.full(3, row))}},
        lambda row, old: {{**old, "new": row}}, [Provenance("new.npy", 1, {{}})])
{after}
"""


def child(after: str, url: str, wrapper=(), **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*wrapper, sys.executable, "-c", CHILD.format(url=url, after=after)],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        timeout=300,
        **more,
    )


def spawn(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD.format(url=url, after="")], stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )


def test_of_two_writers_one_wins_and_the_other_is_told(store, local):
    """Both are slowed down, so that they meet; the loser says why, and what stands there is one's whole work."""
    upload(store, local)
    store.slow(0.05)
    both = [spawn(URL), spawn(URL)]
    errors = [process.communicate(timeout=200)[1] for process in both]
    store.slow(0)
    codes = sorted(process.returncode for process in both)
    add(local)
    assert codes in ([0, 0], [0, 1])  # two in a row, where they did not meet
    assert codes == [0, 0] or any("another process is writing it" in error for error in errors)
    assert store.get(KEY) == local.read_bytes() and not leftovers(store)


#: Phase -> the request at which the process is killed: operation, what its key holds, how many of them pass first.
PHASES = {
    "lease": ("PutObject", ".lock", 0),
    "begin": ("CreateMultipartUpload", "a.tar", 0),
    "between parts": ("UploadPart", "a.tar", 1),
    "first part": ("UploadPart", "a.tar", 2),
    "completion": ("CompleteMultipartUpload", "a.tar", 0),
    "index": ("PutObject", ".parquet", 0),
}


def kill_at(store, operation: str, key: str, skip: int, held: bool, after: float = 0.0) -> None:
    """Runs a rewrite and kills it at a request: before the store carries it out (`held`), or `after` seconds behind."""
    if held:
        store.fail("stop", operation=operation, key=key, skip=skip)
    process = spawn(URL)
    while process.poll() is None and seen(store, operation, key) <= skip:
        time.sleep(0.005)
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    store.heal()


def seen(store, operation: str, key: str) -> int:
    return sum(line["operation"] == operation and key in line["key"] for line in store.log())


def survive(store, old: bytes, new: bytes) -> str:
    """What stands in the store after a kill is the old shard or the new one; a run behind it makes it the new one."""
    here = store.get(KEY)
    assert here in (old, new), "half a shard"
    with Shard(URL) as shard:
        assert shard.read(11, "mp4")
    add(URL, StoreOptions())
    assert store.get(KEY) == new and not leftovers(store)
    return "new" if here == new else "old"


def test_a_killed_writer_leaves_the_old_shard_or_the_new(store, local):
    """The dead one's lease falls to the next writer after its silence."""
    upload(store, local)
    old = store.get(KEY)
    add(local)
    kill_at(store, *PHASES["completion"], held=True)
    assert KEY.replace("a.tar", ".a.tar.lock").removeprefix("b/") in leftovers(store)
    survive(store, old, local.read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize("phase", list(PHASES))
def test_fifteen_kills_in_each_phase(store, local, phase, capsys):
    """The silence that a dead one's lease lasts is proven above; here a hand removes it, to save the time."""
    upload(store, local)
    old = store.get(KEY)
    add(local)
    outcomes = {"old": 0, "new": 0}
    for kill in range(15):
        upload_of(store, old)
        kill_at(store, *PHASES[phase], held=kill % 2 == 0, after=0.004 * kill)
        open_store("s3://b", StoreOptions()).delete("VFHQ/.a.tar.lock")
        outcomes[survive(store, old, local.read_bytes())] += 1
    with capsys.disabled():
        print(f"\n{phase}: 15 kills, {outcomes}")
    assert sum(outcomes.values()) == 15


def upload_of(store, body: bytes) -> None:
    """The old shard stands there again."""
    store.put(KEY, body)
    store.log(clear=True)


@pytest.mark.slow
def test_a_shard_beyond_five_gigabytes(store, tmp_path):
    """S3 takes no more in one request. Two clips of 2.7 GB, mostly holes on the disk, so that the test needs little."""
    for number in range(2):
        with open(tmp_path / f"{number}.mp4", "wb") as file:
            file.write(bytes([65 + number]) * 1000)
            file.truncate(2_700_000_000)
    with ShardWriter("s3://b/huge.tar", provenance=[Provenance("pack", 1, {})], expected_bytes=5_400_000_000) as writer:
        for number in range(2):
            clip = FileExtent.whole(tmp_path / f"{number}.mp4")
            writer.add(f"clip{number}", {"json": {"name": f"clip {number}"}, "mp4": clip})
    store.log(clear=True)
    written = add("s3://b/huge.tar")
    sizes = [line["received"] for line in store.log() if line["operation"] == "UploadPart"]
    assert written.bytes > 5 * 2**30 and sum(sizes) == written.bytes and max(sizes) <= 8 << 20
    with Shard("s3://b/huge.tar") as shard:
        assert shard.get(1, "new.npy").tolist() == [1, 1, 1]
        assert shard.read_range(1, "mp4", 0, 2000) == b"B" * 1000 + bytes(1000)
        assert shard.extent(1, "mp4").offset > 2_700_000_000
    assert not leftovers(store)
