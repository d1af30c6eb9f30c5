"""Shards by their path below the folder that was named, found again where another folder is."""

from pathlib import Path

import pytest

from faceshards.dataset.judgements.named_shards import NamedShards
from faceshards.errors import UsageError
from faceshards.shards.storage.url import place

HERE = [Path("train/A/0.tar"), Path("train/B/0.tar"), Path("train/B/1.tar")]


def test_names_below_what_was_named():
    names = NamedShards(["train", "train/B"], HERE)
    assert [names.of(one) for one in HERE] == ["A/0.tar", "0.tar", "1.tar"]
    assert NamedShards(["s3://b/train/"], []).of(place("s3://b/train/A/0.tar")) == "A/0.tar"
    assert NamedShards([HERE[0]], HERE).of(HERE[0]) == "0.tar"


def test_found_by_name_and_from_another_folder():
    names = NamedShards(["train"], HERE)
    assert names.find("A/0.tar") == HERE[0] and names.find("1.tar") == HERE[2]
    assert names.find("elsewhere/B/1.tar") == HERE[2], "the folder of another machine"


def test_what_is_none_or_two_is_refused():
    names = NamedShards(["train"], HERE)
    with pytest.raises(UsageError, match="2 of these are called so"):
        names.find("0.tar")
    with pytest.raises(UsageError, match="none of these"):
        names.find("tar")
