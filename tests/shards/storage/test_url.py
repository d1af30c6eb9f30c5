import os
from pathlib import Path

import pytest

from faceshards.errors import UsageError
from faceshards.shards.storage.url import Url, place


@pytest.mark.parametrize(
    ("text", "root", "key"),
    [
        ("s3://bucket/VFHQ/a.tar", "s3://bucket", "VFHQ/a.tar"),
        ("s3://bucket", "s3://bucket", ""),
        ("s3://bucket/VFHQ/", "s3://bucket", "VFHQ"),
        ("gs://b/a b.tar", "gs://b", "a b.tar"),
        ("az://container/x/a.tar", "az://container", "x/a.tar"),
        ("http://host:8080/x/a.tar", "http://host:8080", "x/a.tar"),
        ("https://host/a.tar", "https://host", "a.tar"),
    ],
)
def test_a_url_has_a_root_and_a_key(text, root, key):
    assert Url.parse(text) == Url(root, key) == place(text)


def test_neighbours():
    url = Url.parse("s3://b/x/a.b.tar")
    assert (url.name, url.stem, url.suffix) == ("a.b.tar", "a.b", ".tar")
    assert str(url.with_suffix(".parquet")) == "s3://b/x/a.b.parquet"
    assert str(url.parent / "c") == "s3://b/x/c" and str(Url.parse("s3://b") / "c") == "s3://b/c"


@pytest.mark.parametrize("text", ["pipe:cat x", "a.tar", "x/s3:/a", "C:/a.tar"])
def test_what_has_no_store_is_a_path(text):
    assert place(text) == Path(text)


@pytest.mark.parametrize("text", ["ftp://host/a.tar", "pipe://x", "s3://", "s3:///a.tar", "file:///a"])
def test_other_schemes_and_nameless_stores_are_refused(text):
    with pytest.raises(UsageError):
        place(text)


def test_a_signed_url_is_refused_without_showing_its_query():
    with pytest.raises(UsageError, match=r"^https://host/a\.tar\?\.\.\.: a query") as caught:
        place("https://host/a.tar?X-Amz-Signature=secret")
    assert "secret" not in str(caught.value)
    assert Url.parse("s3://b/what?.tar").key == "what?.tar", "a key may hold the sign"


def test_a_url_is_no_path():
    with pytest.raises(UsageError, match="copy it here first"):
        os.fspath(Url.parse("s3://b/a.tar"))
