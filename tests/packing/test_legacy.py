"""Old tars in and out: the files that are written, and those that stay."""

import pytest

from faceshards.errors import UsageError
from faceshards.packing.legacy import import_tar
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import RowEdit, rewrite
from faceshards.shards.schema.removed import tombstone

# webdataset leaves its files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def test_nothing_is_replaced_unasked(old, tmp_path):
    with pytest.raises(UsageError, match="source itself"):
        import_tar(old, tmp_path, "auto", {}, force=True)
    import_tar(old, tmp_path / "new", "auto", {})
    with pytest.raises(UsageError, match="--force"):
        import_tar(old, tmp_path / "new", "auto", {})
    assert import_tar(old, tmp_path / "new", "auto", {}, force=True).whole == 1
    with Shard(new := tmp_path / "new" / old.name) as shard:
        key, columns = shard.keys[0], list(shard.columns)
    rewrite(new, {}, edits={0: RowEdit(key, tombstone("request"), columns)})
    with pytest.raises(UsageError, match="has 1 row removed on request"):
        import_tar(old, tmp_path / "new", "auto", {}, force=True)
