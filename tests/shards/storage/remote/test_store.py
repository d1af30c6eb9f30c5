"""What a store does on a bad day: asked again, a bounded number of times, then one clear line; never short data."""

import os
import subprocess
import sys

import numpy as np
import pytest

from faceshards.errors import StorageError
from faceshards.shards.reader import Shard
from faceshards.shards.storage.remote import Changed, NoObject, StoreOptions, open_store
from faceshards.shards.storage.url import Url
from tests.shards.storage.remote.test_objects import make, upload

KEY = "b/VFHQ/a.tar"


@pytest.fixture
def opened(store, options, tmp_path):
    """A shard in the store whose options lose patience after a second, and its copy on the disk."""
    local = make(tmp_path / "a.tar")
    with Shard(upload(store, local), options) as there, Shard(local) as here:
        store.log(clear=True)
        yield there, here


ONCE = [
    ({"does": "status", "status": 500, "times": 2}, 3),
    ({"does": "status", "status": 503, "times": 3}, 4),
    ({"does": "reset", "times": 2}, 3),
    ({"does": "truncate", "times": 1}, 2),
    ({"does": "stall", "times": 1, "seconds": 12}, 2),
    ({"does": "delay", "times": 1, "seconds": 12}, 2),
    ({"does": "delay", "times": 1, "seconds": 0.3}, 1),
]


@pytest.mark.parametrize(("rule", "requests"), ONCE)
def test_a_fault_that_passes_costs_a_request_and_nothing_else(store, tmp_path, rule, requests):
    local = make(tmp_path / "a.tar")
    # A busy machine is no fault: only what waits is to be given up before it ends.
    patient = StoreOptions(endpoint=store.endpoint, timeout=4.0 if rule.get("seconds", 0) > 4 else 60.0)
    key = f"b/{tmp_path.name}/a.tar"  # what the server held back for another test is logged when it is over
    with Shard(upload(store, local, key), patient) as there, Shard(local) as here:
        store.log(clear=True)
        store.fail(**rule, operation="GetObject")
        assert there.read(5, "mp4") == here.read(5, "mp4")
    assert requests - 1 <= sum(one["key"] == key for one in store.log()) <= requests


@pytest.mark.parametrize("does", ["status", "reset", "truncate"])
def test_a_fault_that_stays_is_one_clear_error(store, opened, does):
    there, _ = opened
    store.fail(does, times=1000, operation="GetObject")
    with pytest.raises(StorageError, match=r"^s3://b/VFHQ/a\.tar: ") as caught:
        there.read(5, "mp4")
    assert "\n" not in str(caught.value) and "secret" not in str(caught.value)
    assert 3 <= len(store.log()) <= 30, "asked again, but not for ever"


SAID = [
    ("GetObject", {"does": "status", "status": 500}, r"answers 500 .*\(InternalError\): try again later"),
    ("GetObject", {"does": "status", "status": 503}, "answers 503 .*: try again later, or with fewer workers"),
    (
        "GetObject",
        {"does": "status", "status": 416},
        "answers 416 .*: the object is shorter than it was: open it again",
    ),
    ("GetObject", {"does": "status", "status": 400}, "answers 400 .*: check the credentials, region= and endpoint="),
    ("GetObject", {"does": "status", "status": 301}, "sends us elsewhere: check region=/AWS_REGION"),
    ("GetObject", {"does": "status", "status": 403}, "answers 403 .*: check the credentials and the bucket's policy"),
    ("GetObject", {"does": "truncate"}, "the connection broke before all bytes came, time and again: try again later"),
    ("GetObject", {"does": "reset"}, "the connection broke before all bytes came, time and again: try again later"),
    (
        "GetObject",
        {"does": "stall", "seconds": 2},
        "was silent or too slow: try again later, or give it a longer timeout=",
    ),
    ("ListObjectsV2", {"does": "status", "status": 500}, r"answers 500 .*\(InternalError\): try again later"),
    ("ListObjectsV2", {"does": "status", "status": 403}, "answers 403 .*: check the credentials"),
    ("ListObjectsV2", {"does": "status", "status": 404}, "answers 404 .*: check the bucket's name and endpoint="),
    ("PutObject", {"does": "status", "status": 500}, "answers 500 .*: try again later"),
    ("HeadObject", {"does": "status", "status": 500}, "answers 500 .*: try again later"),
]


@pytest.mark.parametrize(("operation", "rule", "said"), SAID)
def test_each_error_says_the_url_what_happened_and_a_remedy(store, operation, rule, said):
    store.put("b/x/a.tar", bytes(20_000))
    there = open_store("s3://b", StoreOptions(endpoint=store.endpoint, timeout=0.3))
    asks = {
        "GetObject": lambda: there.read("x/a.tar"),
        "ListObjectsV2": lambda: list(there.list("x/a.tar")),
        "PutObject": lambda: there.put("x/a.tar", b"1"),
        "HeadObject": lambda: there.head("x/a.tar"),
    }
    store.fail(**rule, times=1000, operation=operation)
    with pytest.raises(StorageError, match=r"^s3://b/x/a\.tar: the [^\n]*" + said.removeprefix("the ")) as caught:
        asks[operation]()
    assert "prefix=" not in str(caught.value) and caught.value.__suppress_context__


def test_an_object_that_is_absent_and_a_store_that_is_not_there(store):
    with pytest.raises(
        NoObject,
        match=r"^s3://b/x/no\.tar: no such object: check the name: `faceshards inspect s3://b/x` lists what is there$",
    ):
        open_store("s3://b", StoreOptions()).read("x/no.tar")
    for endpoint in ("http://127.0.0.1:9", "http://no.such.host.invalid", store.endpoint.replace("http:", "https:")):
        there = open_store("s3://b", StoreOptions(endpoint=endpoint, timeout=0.3))
        with pytest.raises(StorageError, match=rf"^s3://b/a\.tar: no connection to {endpoint}: check endpoint=/AWS_"):
            there.read("a.tar")


def test_many_objects_go_in_one_request_and_those_that_are_gone_are_no_error(store):
    for number in range(5):
        store.put(f"b/gone/{number}", b"x")
    there = open_store("s3://b", StoreOptions())
    store.log(clear=True)
    there.delete_all([f"gone/{number}" for number in range(7)])
    assert len(store.log(clear=True)) == 1
    assert list(there.list("gone")) == []
    there.delete_all([])


def test_a_store_that_knows_no_request_for_many_removes_one_after_the_other(store):
    there = open_store("s3://b", StoreOptions())
    names = ["plain", "a b", "a&b<c>", "per%20cent", "ä#?+"]
    for name in names:
        there.put(f"gone/{name}", b"x")
    store.fail("status", status=400, operation="DeleteObjects")
    there.delete_all([key for key, _ in there.list("gone")])
    assert list(there.list("gone")) == []


def test_queries_and_passwords_of_a_web_server_are_not_shown(store):
    for root in (store.endpoint.replace("//", "//me:secret@"), "http://me:secret@127.0.0.1:9"):
        url = Url(root, "b/no.tar?X-Amz-Signature=secret")
        with pytest.raises((NoObject, StorageError), match=r"^http://\*\*\*@127\.0\.0\.1:\d+/b/no\.tar: ") as caught:
            open_store(url.root, StoreOptions(timeout=0.3)).read(url.key)
        assert "secret" not in str(caught.value)


def test_a_store_that_stays_silent_is_given_up(store, tmp_path):
    url = upload(store, make(tmp_path / "a.tar"))
    options = StoreOptions(endpoint=store.endpoint, timeout=0.1)
    with Shard(url, options) as shard:
        store.fail("stall", times=1000, seconds=2, operation="GetObject")
        with pytest.raises(StorageError):
            shard.read(5, "mp4")


def test_an_object_that_changes_between_two_ranges_is_noticed(store, opened):
    there, _ = opened
    extents = [(there.extent(row, "mp4").offset, 1000) for row in range(10)]
    store.put("b/other.tar", b"z" * there.nbytes)
    store.fail("swap", other="b/other.tar", skip=4, operation="GetObject")
    with pytest.raises(Changed):
        there.file.read_many(extents)


def test_many_ranges_survive_many_faults(store, opened):
    there, here = opened
    for skip in range(0, 12, 3):
        store.fail("status", status=503, skip=skip, operation="GetObject")
        store.fail("reset", skip=skip, operation="GetObject")
        store.fail("truncate", skip=skip, operation="GetObject")
    rng = np.random.default_rng(0)
    rows = rng.permutation(len(here)).tolist()
    assert there.read_column("mp4", rows) == here.read_column("mp4", rows)


@pytest.mark.parametrize(("status", "rule"), [(403, "check the credentials"), (401, "check the credentials")])
def test_a_refusal_is_not_asked_again(store, opened, status, rule):
    there, _ = opened
    store.fail("status", status=status, times=1000)
    with pytest.raises(StorageError, match=rule):
        there.read(0, "mp4")
    assert [one["status"] for one in store.log()].count(status) == 1


def test_nobody_listens(tmp_path):
    with pytest.raises(StorageError, match=r"s3://b/a\.tar"):
        Shard("s3://b/a.tar", StoreOptions(endpoint="http://127.0.0.1:9", timeout=0.2, region="us-east-1"))


def test_a_forked_process_is_told_instead_of_waiting_for_ever(store, tmp_path):
    url = upload(store, make(tmp_path / "a.tar"))
    code = f"""
import multiprocessing
from faceshards.shards.reader import Shard
shard = Shard({url!r})
def read(queue):
    try:
        queue.put(len(Shard({url!r}).read(0, "mp4")))
    except Exception as error:
        queue.put(f"{{type(error).__name__}}: {{error}}")
if __name__ == "__main__":
    for method in ("fork", "spawn"):
        context = multiprocessing.get_context(method)
        queue = context.Queue()
        process = context.Process(target=read, args=(queue,))
        process.start()
        print(method, queue.get(timeout=60))
        process.join()
"""
    (tmp_path / "child.py").write_text(code)
    run = subprocess.run(
        [sys.executable, str(tmp_path / "child.py")], capture_output=True, text=True, env=dict(os.environ), timeout=120
    )
    first, second = run.stdout.splitlines()
    assert first.startswith("fork StorageError") and "spawn" in first
    assert second == "spawn 200000"
