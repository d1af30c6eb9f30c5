import os

import pytest

from faceshards.errors import UsageError
from faceshards.shards.storage.sink import open_sink
from faceshards.shards.storage.url import Url


@pytest.mark.parametrize("durable", [True, False])
def test_a_file_appears_behind_its_front_at_the_commit(tmp_path, durable):
    path, seen = tmp_path / "a.tar", []
    sink = open_sink(path, 10, 1000, durable)
    sink.write(b"body")
    sink.write(memoryview(b"more"))
    sink.patch(b"0123456789", 0)
    assert not path.exists() and sink.place == path and sink.seeks
    sink.commit(18, lambda temporary: seen.append(temporary.read_bytes()), lambda: None)
    assert seen == [path.read_bytes()] == [b"0123456789bodymore"]
    sink.save_beside("a.parquet", b"index")
    sink.discard()
    assert sorted(os.listdir(tmp_path)) == ["a.parquet", "a.tar"]


def test_a_sink_that_is_given_up_leaves_nothing(tmp_path):
    sink = open_sink(tmp_path / "a.tar", 0, 0)
    sink.write(b"body")
    sink.discard()
    assert os.listdir(tmp_path) == []


def test_only_s3_replaces_on_condition():
    with pytest.raises(UsageError, match="s3:// alone does"):
        open_sink(Url.parse("gs://b/a.tar"), 0, 0)
