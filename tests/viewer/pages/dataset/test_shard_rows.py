"""The shards, from the index; the health of one, from its bytes."""

import shutil

import pytest

from faceshards.errors import UsageError
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.dataset import shard_rows as shards
from faceshards.viewer.pages.dataset.shard_rows import shard_health, shard_rows


def test_rows_those_that_are_looked_at_and_bytes(dataset, monkeypatch):
    told = shard_rows(Collection([dataset], "identity IS NOT NULL"))
    assert [(one["name"], one["rows"], one["shown"], one["row"]) for one in told["shards"]] == [
        ("clips.tar", 2, 2, 0),
        ("group124.tar", 4, 2, 2),
    ]
    sizes = [(dataset / one["name"]).stat().st_size for one in told["shards"]]
    assert all(0.9 * size < one["bytes"] <= size for one, size in zip(told["shards"], sizes, strict=True))
    assert shard_rows(Collection([dataset], "name = 'talk'"))["shards"][1]["row"] is None
    monkeypatch.setattr(shards, "MOST_SHARDS", 1)
    told = shard_rows(Collection([dataset]), first=1)
    assert told["of"] == 2 and [one["number"] for one in told["shards"]] == [1] and told["broken"] == []


def test_a_shard_that_does_not_open_is_named(dataset, tmp_path):
    shutil.copytree(dataset, tmp_path, dirs_exist_ok=True)
    (tmp_path / "torn.tar").write_bytes(b"x" * 2000)
    told = shard_rows(Collection([tmp_path]))
    ((name, why),) = [(one["name"], one["why"]) for one in told["broken"]]
    assert name == "torn.tar" and "checksum" in why and str(tmp_path) not in why


def test_the_health_of_a_shard_whose_byte_fell_over(dataset, tmp_path):
    path = tmp_path / "a.tar"
    body = bytearray((dataset / "clips.tar").read_bytes())
    path.write_bytes(body)
    collection = Collection([path])
    assert shard_health(collection, 0)["state"] == "whole"
    at = body.index(b"ftyp")
    body[at] ^= 1
    path.write_bytes(body)
    found = shard_health(collection, 0)
    assert found["state"] == "damaged" and "mp4" in found["detail"]
    with pytest.raises(UsageError, match="from 0 on"):
        shard_health(collection, 1)
