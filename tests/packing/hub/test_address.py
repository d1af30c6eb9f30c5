"""Addresses of the Hub's data sets."""

import pytest

from faceshards.errors import UsageError
from faceshards.packing.hub.address import HubAddress


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("hf://datasets/us/faces", ("us/faces", None, "")),
        ("hf://datasets/us/faces/", ("us/faces", None, "")),
        ("hf://datasets/us/faces@v1.0/data/a b.tar", ("us/faces", "v1.0", "data/a b.tar")),
        ("hf://datasets/us/faces@refs%2Fpr%2F1", ("us/faces", "refs/pr/1", "")),
    ],
)
def test_an_address_is_read(text, parts):
    address = HubAddress.parse(text)
    assert (address.id, address.revision, address.path) == parts


@pytest.mark.parametrize(
    "text", ["hf://us/faces", "hf://datasets/us", "hf://datasets/us/f/../g", "s3://a/b", "us/faces"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(UsageError, match="hf://datasets/ORG/NAME"):
        HubAddress.parse(text)
