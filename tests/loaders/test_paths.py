"""Paths as they are typed: braces, globs, and names that only look like them."""

from pathlib import Path

import pytest

from faceshards.errors import UsageError
from faceshards.loaders import ShardDataset
from faceshards.loaders.paths import _matches, expanded


def names(paths):
    return [str(path) for path in paths]


def test_braces_and_globs(data):
    def rows(*paths):
        return len(ShardDataset(list(paths), ["json"]))

    assert rows(str(data / "{a,b}.tar")) == 47 and rows(str(data / "*.tar")) == 100
    assert rows(data / "[ab].tar") == 47 and rows(str(data.parent / "**" / "c.tar")) == 53
    assert rows(str(data.parent / "da*")) == 100  # a folder; its indexes (*.parquet) are no shards
    assert rows(str(data / "{a,b}.tar"), data / "a.tar") == 47  # each once


def test_numbered_shards(tmp_path):
    assert names(expanded("s3://bucket/x-{008..010}.tar")) == [f"s3://bucket/x-{n:03d}.tar" for n in (8, 9, 10)]


def test_what_is_there_by_its_very_name_is_no_pattern(write_shard, tmp_path):
    for name in ("a[1]", "b{1,2}"):
        shard = write_shard("a", range(3)).rename(tmp_path / f"{name}.tar")
        assert expanded(shard) == [shard] and len(ShardDataset(str(shard), ["json"])) == 3


def test_what_matches_nothing_is_said(data):
    with pytest.raises(UsageError, match=r"z\*\.tar: no shard"):
        ShardDataset(str(data / "z*.tar"), ["json"])
    with pytest.raises(UsageError, match="braces must come in pairs"):
        ShardDataset(str(data / "{a,b.tar"), ["json"])
    with pytest.raises(UsageError, match=r"web server has no list"):
        expanded("https://host.invalid/x-*.tar")


def test_globs_of_a_store_stay_within_a_folder():
    assert _matches("set/a-1.tar", "set/a-*.tar") and not _matches("set/a/b-1.tar", "set/a*.tar")
    assert _matches("set/a/b/c.tar", "set/**/c.tar") and not _matches("set/a.tar", "set/b*.tar")


def test_paths_and_texts_are_one(data):
    assert expanded(data) == [data] == [Path(one) for one in expanded(str(data))]
