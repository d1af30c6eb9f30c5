"""What is no plain foreign tar is refused before its listing."""

import pytest

from faceshards.errors import ShardError, SourceError
from faceshards.packing.kinds.webdataset.opening import open_tar
from faceshards.packing.sources.archive import Limits
from faceshards.shards.writer import ShardWriter


def test_a_compressed_tar_and_a_shard_of_ours_are_told(tmp_path):
    (tmp_path / "a.tar").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(600))
    with pytest.raises(SourceError, match="unzstd first"):
        open_tar(tmp_path / "a.tar", Limits())
    with ShardWriter(tmp_path / "ours.tar") as writer:
        writer.add("a", {"json": {}})
    with pytest.raises(ShardError, match="is a shard already"):
        open_tar(tmp_path / "ours.tar", Limits())
