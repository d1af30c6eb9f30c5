import hashlib
import os

import pytest

from faceshards.errors import ShardError, StorageError
from faceshards.shards.repair.salvage import salvage, salvaged_path
from faceshards.shards.storage.lease import lease
from faceshards.shards.writer import ShardWriter
from tests.shards.repair.damage import (
    flip,
    forget,
    header,
    start_over,
)


def test_a_name_that_was_changed_together_with_its_checksum_is_refused(tmp_path):
    """The header's own checksum is a sum, which two changes can leave as it was; the generation tells."""
    with ShardWriter(tmp_path / "a.tar") as writer:
        for key in ("k17", "k55"):
            writer.add(key, {"json": {}})
    at = header(tmp_path / "a.tar", "k17.json")
    with open(tmp_path / "a.tar", "r+b") as file:
        file.seek(at)
        file.write(b"k26.json")
    forget(tmp_path / "a.tar")
    with pytest.raises(ShardError, match="a name is not the one"):
        salvage(tmp_path / "a.tar")
    assert not salvaged_path(tmp_path / "a.tar").exists()


def test_a_second_salvage_finds_the_first_and_leaves_others_alone(tar):
    flip(tar, header(tar, "k5.mp4") + 600)
    first = salvage(tar)
    before = os.stat(first.target)
    assert salvage(tar) == first and os.stat(first.target).st_ino == before.st_ino
    with ShardWriter(first.target) as writer:
        writer.add("mine", {"json": {}})
    with pytest.raises(ShardError, match="holds other samples"):
        salvage(tar)
    with lease(tar), pytest.raises(StorageError, match="another process"):
        salvage(tar)


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "a.tar").touch()
    with pytest.raises(ShardError, match="empty"):
        salvage(tmp_path / "a.tar")


def test_what_is_salvaged_is_deterministic(tar):
    flip(tar, header(tar, "k5.mp4") + 600)
    first = hashlib.sha256(salvage(tar).target.read_bytes()).hexdigest()
    start_over(tar, tar.read_bytes())
    assert hashlib.sha256(salvage(tar).target.read_bytes()).hexdigest() == first
