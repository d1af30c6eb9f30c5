"""The store as a process: it starts, obeys, and leaves nothing."""

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError, URLError

import pytest

from faceshards.bench.object_store import ObjectStore
from faceshards.bench.object_store.throttle import PIECE
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with ObjectStore(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def store(running):
    running.heal()
    running.slow(0)
    running.narrow(0)
    running.log(clear=True)
    return running


def test_its_environment_leads_a_client_to_it(store, monkeypatch, tmp_path):
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("k", {"json": b'{"name": "clip"}'})
    for name in ("a.tar", "a.parquet"):
        store.put(f"bucket/{name}", (tmp_path / name).read_bytes())
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    with Shard("s3://bucket/a.tar") as shard:
        assert shard.json(0) == {"name": "clip"}
    assert {one["key"] for one in store.log()} >= {"bucket/a.tar", "bucket/a.parquet"}


def test_faults_come_as_told_and_go_when_it_is_healed(store):
    store.put("bucket/k", b"body")
    store.fail("status", operation="GetObject", status=500, times=99)
    with pytest.raises(HTTPError, match="500"):
        store.get("bucket/k")
    store.heal()
    assert store.get("bucket/k") == b"body"


def test_slowness_is_added_to_each_request_and_to_no_word_with_the_store_itself(store):
    store.put("bucket/k", b"body")
    store.slow(0.2)
    begin = time.monotonic()
    store.log()
    quick = time.monotonic() - begin
    begin = time.monotonic()
    store.get("bucket/k")
    assert time.monotonic() - begin >= 0.2 > quick


def test_all_connections_share_a_narrow_line(store):
    """Two bodies of 256 KB at 8 Mbit/s take half a second, less the 64 KB that an idle line lets through at once."""
    body = bytes(range(256)) * 1000
    store.put("bucket/k", body)
    store.narrow(8e6)
    begin = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        got = list(pool.map(lambda _: store.get("bucket/k"), range(2)))
    assert time.monotonic() - begin >= (2 * len(body) - PIECE) * 8 / 8e6 - 0.01
    assert got == [body, body]


def test_a_closed_store_answers_nobody_and_its_own_folder_is_gone():
    with ObjectStore() as store:
        store.put("bucket/k", b"body")
        assert any(store.folder.iterdir())
    with pytest.raises(URLError):
        store.get("bucket/k")
    assert not store.folder.exists()


def test_a_folder_that_cannot_be_is_told_at_once(tmp_path, capfd):
    (tmp_path / "file").write_text("")
    with pytest.raises(RuntimeError, match="did not start"):
        ObjectStore(tmp_path / "file" / "below")
