"""Each request of a write, one at a time, is lost on its way there or on its way back: the write ends as it should."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from xml.etree import ElementTree

import numpy as np
import pytest

from faceshards.errors import StorageError
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.remote.lease import StoreLease
from faceshards.shards.storage.url import Url
from faceshards.shards.writer import ShardWriter
from tests.shards.storage.remote.test_objects import make

boto3 = pytest.importorskip("boto3", reason="writing to S3 needs the extra s3")

PACK = [Provenance("pack", 1, {})]


def rewritten(store, local, bucket: str, **fault) -> None:
    """A shard that is there already gets a column."""
    store.put(f"{bucket}/a.tar", local.read_bytes())
    store.put(f"{bucket}/a.parquet", local.with_suffix(".parquet").read_bytes())
    store.log(clear=True)
    if fault:
        store.fail(**fault, key=bucket)
    column = {"new.npy": lambda row: encode("new.npy", np.full(3, row))}
    rewrite(f"s3://{bucket}/a.tar", column, provenance=[Provenance("new", 1, {})])


def written(store, local, bucket: str, **fault) -> None:
    """A shard that is new in the store."""
    store.log(clear=True)
    if fault:
        store.fail(**fault, key=bucket)
    with Shard(local) as shard, ShardWriter(f"s3://{bucket}/a.tar", provenance=PACK) as writer:
        for row, key in enumerate(shard.keys):
            writer.add(key, {name: shard.pinned(row, name) for name in shard.columns})


def left(store, bucket: str) -> list[str]:
    """Unfinished uploads and leases."""
    uploads, objects = (
        [one.text for one in ElementTree.fromstring(store.get(f"{bucket}?{query}")).iter("Key")]
        for query in ("uploads", "list-type=2")
    )
    return uploads + [key for key in objects if key.startswith(".")]


def lose_each(store, work, local) -> int:
    """Loses each request of a write, on its way there and on its way back: the outcome is that of a sound write, and
    nothing else is left. Gives how many requests a write has.
    """
    name = work.__name__
    work(store, local, f"{name}-sound")
    requests = sum(f"{name}-sound" in line["key"] for line in store.log())
    new = store.get(f"{name}-sound/a.tar")

    def survive(way: str, skip: int) -> None:
        bucket = f"{name}-{way}-{skip:02d}"  # of its own: the trials run side by side
        work(store, local, bucket, does=way, skip=skip)
        # On a busy machine the sound write gave more signs of life: a loss that nobody met is still to come.
        with suppress(OSError):
            store.get(f"{bucket}/a.tar")
        assert store.get(f"{bucket}/a.tar") == new, (way, skip)
        assert store.get(f"{bucket}/a.parquet") == store.get(f"{name}-sound/a.parquet"), (way, skip)
        assert not left(store, bucket), (way, skip)

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(survive, way, skip) for way in ("reset", "lose") for skip in range(requests)]:
            done.result()
    return requests


@pytest.mark.parametrize(("work", "least"), [(rewritten, 11), (written, 8)])
def test_a_write_outlives_the_loss_of_each_of_its_requests(store, tmp_path, work, least):
    assert lose_each(store, work, make(tmp_path / "a.tar", samples=3)) >= least


@pytest.mark.slow
@pytest.mark.parametrize("work", [rewritten, written])
def test_a_write_in_several_parts_outlives_the_loss_of_each_of_its_requests(store, tmp_path, work):
    assert lose_each(store, work, make(tmp_path / "a.tar", samples=12, video=2_000_000)) >= 10


def until(holds) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_sign_of_life_that_is_lost_ends_nothing(store):
    with StoreLease(Url.parse("s3://beats/a.tar"), StoreOptions(), beat=0.05) as held:
        for way in ("lose", "reset", "lose", "lose"):
            store.log(clear=True)
            store.fail(way, operation="PutObject", key="beats/")
            # The one that is lost, and two more that are not.
            until(lambda: [line["status"] for line in store.log() if line["operation"] == "PutObject"].count(200) > 1)
            assert 0 in [line["status"] for line in store.log()]
            held.check()
    assert not left(store, "beats")


def test_a_completion_that_never_comes_is_a_failure_and_leaves_the_old_shard(store, tmp_path):
    local = make(tmp_path / "a.tar", samples=3)
    store.fail("status", status=500, operation="CompleteMultipartUpload", key="never", times=100)
    with pytest.raises(StorageError, match="the store answers 500"):
        rewritten(store, local, "never")
    assert store.get("never/a.tar") == local.read_bytes() and not left(store, "never")


def test_the_next_writer_gives_up_what_a_killed_fresh_write_left(store, tmp_path):
    local = make(tmp_path / "a.tar", samples=3)
    boto3.client("s3", endpoint_url=store.endpoint).create_multipart_upload(Bucket="killed", Key="a.tar")
    assert left(store, "killed") == ["a.tar"]
    written(store, local, "killed")
    assert store.get("killed/a.tar") == local.read_bytes() and not left(store, "killed")


def test_who_is_kept_out_is_told_who_writes(store, tmp_path):
    with (
        StoreLease(Url.parse("s3://busy/a.tar"), StoreOptions(), work="curate", beat=0.05),
        pytest.raises(StorageError, match=r"another process is writing it \(curate, process \d+ of .* UTC\)"),
    ):
        ShardWriter("s3://busy/a.tar")
    assert not left(store, "busy")


def test_a_lease_that_was_taken_over_is_noticed_before_the_shard_appears(store, tmp_path):
    local = make(tmp_path / "a.tar", samples=3)
    store.put("taken/a.tar", local.read_bytes())

    def overtaken(row: int) -> bytes:
        store.put("taken/.a.tar.lock", b"another's")
        return b""

    with pytest.raises(StorageError, match="another writes it now: run again"):
        rewrite("s3://taken/a.tar", {"new.bin": overtaken})
    assert store.get("taken/a.tar") == local.read_bytes()
    assert left(store, "taken") == [".a.tar.lock"] and store.get("taken/.a.tar.lock") == b"another's"
