import shutil

import pytest

from faceshards.dataset.manifest.shard_list import named_shards
from faceshards.errors import UsageError


def test_names_below_the_folder_that_is_named(data):
    (data / "deep").mkdir()
    shutil.copy(data / "a.tar", data / "deep" / "a.tar")
    assert list(named_shards([data])) == ["a.tar", "b.tar", "deep/a.tar"]
    assert list(named_shards([data.parent])) == ["set/a.tar", "set/b.tar", "set/deep/a.tar"]
    assert list(named_shards([f"{data}/deep/"])) == ["a.tar"]
    assert list(named_shards([data / "deep", data / "b.tar"])) == ["deep/a.tar", "b.tar"]
    with pytest.raises(UsageError, match="would both be"):
        named_shards([data / "a.tar", data / "deep" / "a.tar"])
