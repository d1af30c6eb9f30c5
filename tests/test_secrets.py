import pickle

import pytest

from faceshards.errors import FaceshardsError, UsageError
from faceshards.secrets import masked
from faceshards.shards.storage.url import Url, address, place


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("s3://KEY:SEC/RET+x=@bucket/k", "s3://***@bucket/k"),
        ("s3://KEY:SECRET is no bucket", "s3://*** is no bucket"),
        ("a http://u:p@h/x, then 'https://u@h'", "a http://***@h/x, then 'https://***@h'"),
        ("http://user:pa/ss@h/x", "http://***@h/x"),
        ("http://h:80/a@b http://[::1]:90/a@b http://h:80", "http://h:80/a@b http://[::1]:90/a@b http://h:80"),
        ("s3://b/a:b@c.tar mail me@home", "s3://b/a:b@c.tar mail me@home"),
    ],
)
def test_what_is_a_secret_is_masked_and_nothing_else(text, shown):
    assert masked(text) == shown == masked(shown)


def test_no_error_of_ours_holds_one():
    error = pickle.loads(pickle.dumps(FaceshardsError("http://u:secret@h/x: gone")))  # noqa: S301 - its own bytes
    assert "secret" not in str(error) + repr(error) and str(error) == "http://***@h/x: gone"


@pytest.mark.parametrize("text", ["s3://KEY:SECRET@bucket/x", "s3://KEY:SECRET", "gs://SECRET@b", "ftp://u:SECRET@h/x"])
def test_a_store_takes_none_in_its_url_and_says_so_without_it(text):
    with pytest.raises(UsageError) as caught:
        place(text)
    assert "SECRET" not in str(caught.value) + repr(caught.value)


def test_a_web_server_is_told_its_own_which_nobody_sees():
    url = Url.parse("http://u:secret@host:8080/x/a.tar")
    shown = f"{url} {url!r} {url.parent} {url.with_suffix('.parquet')} {[url]}"
    assert "secret" not in shown and str(url) == "http://***@host:8080/x/a.tar"
    assert url.root == "http://u:secret@host:8080" and place(address(url)) == url
