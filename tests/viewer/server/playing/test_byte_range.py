"""Ranges of bytes, as RFC 9110 has them."""

import pytest
from starlette.requests import Request

from faceshards.viewer.server.playing import byte_range
from faceshards.viewer.server.playing.byte_range import Bytes, ranged_response, span_of

BODY = bytes(range(10))


@pytest.mark.parametrize(
    ("asked", "size", "span"),
    [
        ("bytes=0-", 10, (0, 10)),
        ("bytes=0-0", 10, (0, 1)),
        ("Bytes=3-5", 10, (3, 6)),
        ("bytes=9-", 10, (9, 10)),
        ("bytes=5-99", 10, (5, 10)),
        ("bytes=-4", 10, (6, 10)),
        ("bytes=-99", 10, (0, 10)),
        ("bytes=10-", 10, None),
        ("bytes=10-20", 10, None),
        ("bytes=-0", 10, None),
        ("bytes=0-", 0, None),
        ("bytes=-1", 0, None),
        ("bytes=5000000000-5000000009", 6_000_000_000, (5_000_000_000, 5_000_000_010)),
        ("bytes=5-3", 10, ()),
        ("bytes=-", 10, ()),
        ("bytes=0-1,4-5", 10, ()),
        ("pages=1-2", 10, ()),
        ("bytes=0x1-2", 10, ()),
        ("bytes=-1-2", 10, ()),
        ("bytes=" + "9" * 4000 + "-", 10, ()),
        ("", 10, ()),
    ],
)
def test_a_range_is_bytes_that_are_there_none_or_no_range(asked, size, span):
    assert span_of(asked, size) == span


def answer(method="GET", body=BODY, **headers):
    """The status, the headers and the reads that an answer took."""
    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    request = Request({"type": "http", "method": method, "headers": told, "path": "/", "query_string": b""})
    reads = []

    def read(start, stop):
        reads.append((start, stop))
        return body[start:stop]

    said = ranged_response(request, Bytes(read, len(body), "video/mp4", "v1"))
    return said.status_code, said.headers, getattr(said, "body", None), reads


def test_all_and_a_part():
    status, headers, body, _ = answer()
    assert (status, body, headers["content-length"], headers["etag"]) == (200, BODY, "10", '"v1"')
    assert headers["accept-ranges"] == "bytes" and "content-range" not in headers
    status, headers, body, reads = answer(range="bytes=2-4")
    assert (status, body, headers["content-range"], headers["content-length"]) == (206, BODY[2:5], "bytes 2-4/10", "3")
    assert reads == [(2, 5)], "nothing else is read"
    assert answer(range="bytes=0-1,3-4")[0] == 200


def test_what_is_not_there():
    status, headers, _, reads = answer(range="bytes=10-")
    assert (status, headers["content-range"], reads) == (416, "bytes */10", [])
    status, headers, body, _ = answer(body=b"")
    assert (status, headers["content-length"], body) == (200, "0", b"")
    assert answer(body=b"", range="bytes=0-")[1]["content-range"] == "bytes */0"


def test_a_part_of_another_version_is_not_given():
    assert answer(range="bytes=2-4", if_range='"v1"')[0] == 206
    status, headers, body, _ = answer(range="bytes=2-4", if_range='"v0"')
    assert (status, body) == (200, BODY) and "content-range" not in headers
    assert answer(range="bytes=2-4", if_range='W/"v1"')[0] == 200, "a weak tag proves no bytes (13.1.5)"
    assert answer(range="bytes=2-4", if_range="Sun, 29 Nov 2026 15:00:00 GMT")[0] == 200
    status, _, body, reads = answer(if_none_match='"v0", W/"v1"')
    assert (status, body, reads) == (304, b"", [])
    assert answer(if_none_match='"v0"')[0] == 200


def test_head_reads_nothing():
    status, headers, body, reads = answer("HEAD", range="bytes=2-4")
    assert (status, headers["content-length"], body, reads) == (206, "3", b"", [])
    assert answer("HEAD")[1]["content-length"] == "10"


def test_many_bytes_come_in_pieces(monkeypatch):
    monkeypatch.setattr(byte_range, "PIECE", 4)
    status, headers, body, reads = answer(range="bytes=1-")
    assert (status, headers["content-length"], body, reads) == (206, "9", None, []), "read as they are taken"
