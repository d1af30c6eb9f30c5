"""Members by their bytes, from a real server: of a disk, and of a store whose requests are counted."""

import pytest

from faceshards.bench.object_store.process import ObjectStore
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter
from tests.viewer.server.ask import ask


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    """A sample with a large member, one of no bytes, media that lie and columns whose names are no paths."""
    path = tmp_path_factory.mktemp("members") / "a.tar"
    body = bytes(range(256)) * 40_000  # 10 MB: more than a piece
    with ShardWriter(path) as writer:
        writer.add("one", {"json": {}, "mp4": body, "page.mp4": b"<html>", "notes.txt": b"", "x.npy": None})
    return path, body


def test_ranges_of_a_large_member(served, shard):
    path, body = shard
    url = served(path)
    whole = ask(url, "media/0/mp4")
    assert (whole.status, whole.body, whole.headers["content-type"]) == (200, body, "video/mp4")
    tail = ask(url, "media/0/mp4", range="bytes=-5000000", if_range=whole.headers["etag"])
    assert (tail.status, tail.body) == (206, body[-5_000_000:])
    assert tail.headers["content-range"] == f"bytes {len(body) - 5_000_000}-{len(body) - 1}/{len(body)}"
    head = ask(url, "media/0/mp4", "HEAD", range="bytes=100-199")
    assert (head.status, head.body, head.headers["content-length"]) == (206, b"", "100")
    assert ask(url, "media/0/mp4", range=f"bytes={len(body)}-").status == 416


def test_what_is_no_medium_is_never_shown(served, shard):
    url = served(shard[0])
    text = ask(url, "media/0/json")
    assert text.headers["content-type"] == "application/octet-stream"
    assert text.headers["content-disposition"] == "attachment" and text.headers["x-content-type-options"] == "nosniff"
    lie = ask(url, "media/0/page.mp4")
    assert (lie.headers["content-type"], lie.headers["x-content-type-options"]) == ("video/mp4", "nosniff")
    assert ask(url, "media/0/notes.txt").status == 400, "a member of no bytes stands for no value"


@pytest.mark.parametrize(
    "column", ["x.npy", "absent", "..", "%2e%2e", "mp4%00", "mp4/../json", "..%2fjson", "%2fetc%2fpasswd"]
)
def test_what_the_sample_has_not_is_refused(served, shard, column):
    answer = ask(served(shard[0]), f"media/0/{column}")
    assert answer.status in (400, 404) and answer.body.startswith(b'{"error"')
    assert b"root:" not in answer.body


def test_of_a_store_a_range_is_one_request_of_those_bytes(viewing, shard, monkeypatch):
    path, body = shard
    with ObjectStore() as store:
        store.put("bucket/a.tar", path.read_bytes())
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        url = viewing("s3://bucket/a.tar").url
        with Shard("s3://bucket/a.tar") as there:
            begin = there.extent(0, "mp4").offset
        ask(url, "media/0/mp4", range="bytes=0-9")  # opens the shard
        store.log(clear=True)
        found = ask(url, "media/0/mp4", range="bytes=1000000-1999999")
        assert found.body == body[1_000_000:2_000_000]
        gets = [one for one in store.log() if one["operation"].startswith("Get")]
        assert begin > 0 and [one["sent"] for one in gets] == [1_000_000], store.log()
