"""The forms of HTTP, without a server."""

import io

import pytest

from faceshards.bench.object_store.forms import byte_range, unchunked
from faceshards.bench.object_store.objects import Refused


def test_a_range_is_cut_to_the_object():
    assert [byte_range(text, 100) for text in (None, "bytes=10-19", "bytes=90-", "bytes=-5", "bytes=90-999")] == [
        (0, 100),
        (10, 20),
        (90, 100),
        (95, 100),
        (90, 100),
    ]
    with pytest.raises(Refused, match="InvalidRange"):
        byte_range("bytes=100-", 100)


def test_a_chunked_body_loses_its_frame():
    assert unchunked(io.BytesIO(b"3;chunk-signature=x\r\nabc\r\n1\r\nd\r\n0\r\nx-trailer: y\r\n\r\n")) == b"abcd"
